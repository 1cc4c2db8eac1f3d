import { spawnSync } from "node:child_process"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { SecretError } from "../../base/errors.ts"
import type { Resolution } from "../../core/references/resolve-references.ts"
import { childEnvironment } from "../child-environment.ts"
import type { ChildOrder } from "../child.ts"
import { findCommand } from "../find-command.ts"
import type { Injection } from "../inject-secrets.ts"
import { containerName, findEngine, removeArguments, secretPath, startArguments, stepArguments, WORKSPACE } from "./containers.ts"
import type { GraphJob } from "./graph.ts"
import type { JobContext } from "./job-context.ts"
import { predefinedVariables } from "./predefined-variables.ts"

/** Where the steps of one job run. */
export interface JobPlace {
  /** What has to run before the first step, if anything. */
  start: ChildOrder | null
  step(script: string): ChildOrder
  /** After the last step, however it ended. */
  end(): void
}

export interface Placed {
  job: GraphJob
  context: JobContext
  resolution: Resolution
  injection: Injection
  /** The copy. */
  workspace: string
}

export const makeWorkspace = ({ workFolder }: Pick<JobContext, "workFolder">, { name }: GraphJob): string => {
  const folder = join(workFolder, name)
  mkdirSync(folder, { mode: 0o700 })
  return folder
}

/** On this machine: the process's own variables without sources and credentials, the job's, and its secrets last. */
export const hostPlace = ({ job, context, resolution, injection, workspace }: Placed): JobPlace => {
  const inherited = inheritable(context, resolution)
  const env = { ...inherited, ...predefinedVariables(job, context.facts, workspace), ...job.variables, ...injection.env }
  const file = findCommand("sh", context.env)
  return { start: null, step: (script) => ({ file, args: ["-lc", script], env, cwd: workspace }), end: () => undefined }
}

const inheritable = ({ env, guarded }: JobContext, { guarded: own, skipped }: Resolution): Record<string, string> =>
  childEnvironment(env, { injected: {}, guarded: [...guarded, ...own], unset: skipped.map(({ name }) => name) })

/** In a container, which knows nothing of this process's variables. */
export const containerPlace = ({ job, context, resolution, injection, workspace }: Placed): JobPlace => {
  const engine = findEngine(context.env)
  const name = containerName(job)
  const { secrets, skipped } = resolution
  const inFiles = secrets.filter(({ file }) => file).map((each) => [each.name, secretPath(each.name)] as const)
  const variables = { ...predefinedVariables(job, context.facts, WORKSPACE), ...job.variables, ...Object.fromEntries(inFiles) }
  const order = (args: readonly string[]): ChildOrder => ({ file: engine.file, args, env: inheritable(context, resolution), cwd: context.root })
  const direct = secrets.filter(({ file }) => !file).map((each) => each.name)
  const unset = skipped.map((each) => each.name)
  return {
    start: order(startArguments(engine, { name, image: job.image ?? "", workspace, files: injection.env, variables })),
    step: (script) => order(stepArguments(name, { direct, unset, script })),
    end: () => remove(order(removeArguments(engine, name))),
  }
}

/** Waits: what a container still had open would outlive the files that are removed next. */
const remove = ({ file, args, env, cwd }: ChildOrder): void => {
  const { status } = spawnSync(file, args, { env, cwd, stdio: "ignore", timeout: 30_000 })
  if (status === 0) return
  throw new SecretError("job_failed", "the container could not be removed", { details: { reason: "container_left" } })
}
