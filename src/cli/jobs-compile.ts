import { compileJobs } from "../runner/jobs/compile-jobs.ts"
import type { Call } from "./command.ts"
import { openJobFile } from "./job-file.ts"

/** References and literal text, as JSON; nothing is resolved. */
export const compileJobFile = async (call: Call): Promise<void> => {
  const file = await openJobFile(call, call.options.text("file"))
  for (const warning of file.warnings) call.screen.note(`warning ${warning}`)
  call.screen.json(compileJobs(file, call.options.text("job")))
}
