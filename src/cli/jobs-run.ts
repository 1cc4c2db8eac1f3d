import { SecretError } from "../base/errors.ts"
import { assertAllowed } from "../core/references/allowed-references.ts"
import { schemeOf } from "../core/references/reference-text.ts"
import type { JobGraph } from "../runner/jobs/graph.ts"
import { runJobs } from "../runner/jobs/run-jobs.ts"
import type { JobsOutcome } from "../runner/jobs/write-run.ts"
import { assertTrusted } from "../runner/trust.ts"
import { allowPatternsOf } from "./allow-patterns.ts"
import type { Call, CommandRun } from "./command.ts"
import { chosenGraph, jobFileOf, loadJobFile } from "./job-file.ts"
import { jobPlan } from "./job-plan.ts"
import { watchRun } from "./jobs-progress.ts"
import { openProviders } from "./open-providers.ts"
import { shownPath } from "./shown-path.ts"

export const runJobFile: CommandRun = async (call) => {
  const { options, screen, env } = call
  const found = jobFileOf(options.text("file"))
  const { graph: whole, files, warnings } = await loadJobFile(found, call)
  const graph = chosenGraph(whole, options.text("job"))
  if (options.flag("dry-run")) return screen.show(graph, () => jobPlan(graph))
  const secrets = graph.jobs.flatMap((job) => job.secrets)
  if (secrets.length > 0 && !options.flag("trust")) assertTrusted(env, files)
  assertAllowed(secrets, allowPatternsOf(call))
  for (const warning of warnings) screen.note(`sotto: ${warning}`)
  const outcome = await execute(call, { ...found, graph })
  return judge(call, outcome, graph)
}

const execute = async (call: Call, { root, path, graph }: { root: string; path: string; graph: JobGraph }): Promise<JobsOutcome> => {
  const schemes = graph.jobs.flatMap((job) => job.secrets.flatMap(({ reference }) => schemeOf(reference) ?? []))
  const { table: providers, setting } = await openProviders(call, schemes)
  const stop = stopOf(call)
  const watch = watchRun(call, graph)
  try {
    return await runJobs({
      graph, root, jobFile: path, env: call.env, command: ["sotto", ...process.argv.slice(2)],
      providers, setting, signal: stop.signal, clock: Date.now, onEvent: watch.onEvent,
    })
  } finally {
    watch.end()
    stop.end()
  }
}

const ENDING: readonly NodeJS.Signals[] = ["SIGTERM", "SIGHUP"]

/** Whatever asks this process to end: children are ended first, and files are removed. */
const stopOf = (call: Call): { signal: AbortSignal; end: () => void } => {
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  call.onInterrupt(onSignal)
  for (const signal of ENDING) process.on(signal, onSignal)
  return { signal: stop.signal, end: () => { for (const signal of ENDING) process.off(signal, onSignal) } }
}

const judge = ({ options, screen }: Call, { jobs, status, isCanceled, counts, receiptPath }: JobsOutcome, { file }: JobGraph): number => {
  const help = `The receipt: ${shownPath(receiptPath)}`
  if (isCanceled) throw new SecretError("aborted", "the run was stopped, and cleaned up behind itself", { help })
  if (status === "failure") {
    const failed = jobs.filter((job) => job.status === "failed").map(({ name }) => name)
    throw new SecretError("job_failed", `${failed.join(", ")} of ${file} failed`, { details: { failed }, help })
  }
  if (options.flag("fail-on-leak") && counts.length > 0)
    throw new SecretError("leak_found", `${[...new Set(counts.map(({ name }) => name))].join(", ")} stood in what jobs printed, and had to be masked`, { help })
  if (!screen.isJson) screen.note(`receipt: ${shownPath(receiptPath)}`)
  return 0
}
