import { statSync } from "node:fs"
import { isAbsolute } from "node:path"
import { SecretError } from "../base/errors.ts"
import type { CommandEnd, CommandRun, CommandRunner } from "../core/ports/command-runner.ts"
import { adversaryValues } from "../redact/adversary-values.ts"
import { createRedactor } from "../redact/create-redactor.ts"
import { agentEnvironment, assertAgentSecrets } from "./agent-environment.ts"
import { followCommand } from "./follow-command.ts"
import { later, type Later } from "./forward-signals.ts"
import { createIsolation, type Isolation } from "./isolation.ts"
import { MarkerCount } from "./marker-count.ts"
import { assertProgram } from "./program-file.ts"
import { newCommandMark, COMMAND_MARK } from "./command-mark.ts"

interface Surroundings {
  /** What a command inherits a little of. */
  env: Readonly<Record<string, string | undefined>>
  wait: Later
  isolation: Isolation
}

/** Runs commands for somebody who may not see what they are given; what the machine can enforce is tried out once. */
export const createCommandRunner = ({ env = process.env, wait = later, isolation = createIsolation() }: Partial<Surroundings> = {}): CommandRunner => {
  const surroundings = { env, wait, isolation }
  return async (run) => runIsolated(run, surroundings)
}

const runIsolated = async (run: CommandRun, { env, wait, isolation }: Surroundings): Promise<CommandEnd> => {
  assertRun(run)
  const cwd = run.cwd ?? process.cwd()
  const [file = "", ...args] = isolation.wrap([run.program, ...run.args], run.network)
  const values = [...run.secrets, ...(run.alsoMasked ?? [])].map(({ key, value }) => ({ name: key, value: value.reveal() }))
  const redactor = createRedactor(adversaryValues(values), { reader: "adversary" })
  const count = new MarkerCount([...run.secrets, ...(run.alsoMasked ?? [])].map(({ key }) => key))
  const mark = newCommandMark()
  let isOver = false
  run.onStart?.(({ key, value }) => {
    if (isOver) return
    for (const { name, value: form } of adversaryValues([{ name: key, value: value.reveal() }])) redactor.add(name, form)
  })
  try {
    const order = { file, args, cwd, env: { ...agentEnvironment(env, run.secrets), [COMMAND_MARK]: mark } }
    const end = await followCommand({ order, run, openFilter: () => count.over(redactor.filter()), mark, wait })
    return { ...end, masked: count.hits(), warnings: [...isolation.warnings(), ...end.warnings] }
  } finally {
    isOver = true
    redactor.dispose()
  }
}

/** Everything that can be refused is refused before a process is made. */
const assertRun = ({ program, args, cwd, secrets, signal }: CommandRun): void => {
  if (process.platform === "win32") throw new SecretError("not_supported", "commands with secrets run on Linux and macOS")
  if (signal?.aborted === true) throw new SecretError("aborted")
  assertAgentSecrets(secrets)
  if (args.some((arg) => arg.includes("\0"))) throw new SecretError("invalid_argument", "an argument holds a NUL byte, which none can")
  assertProgram(program)
  if (cwd !== undefined && !isFolder(cwd)) throw new SecretError("invalid_argument", "cwd is no folder; it is named by its absolute path")
}

const isFolder = (path: string): boolean => {
  try {
    return isAbsolute(path) && statSync(path).isDirectory()
  } catch {
    return false
  }
}
