import type { CommandRun } from "./command.ts"
import { chosenGraph, jobFileOf, loadJobFile } from "./job-file.ts"

/** The graph as JSON: literal text and references, no value. Nobody is asked for anything. */
export const compileJobFile: CommandRun = async (call) => {
  const { graph } = await loadJobFile(jobFileOf(call.options.text("file")), call)
  call.screen.json(chosenGraph(graph, call.options.text("job")))
}
