import type { Writable } from "node:stream"
import { SecretError } from "../base/errors.ts"
import { Redacted } from "../base/redacted.ts"
import { isVariableName } from "../core/references/variable-name.ts"
import { createRedactor } from "../redact/create-redactor.ts"
import type { StreamFilter } from "../redact/stream-filter.ts"
import type { RedactionCount } from "../redact/tally.ts"
import { childEnvironment } from "./child-environment.ts"
import type { ChildEnd } from "./child.ts"
import { findCommand } from "./find-command.ts"
import { injectSecrets } from "./inject-secrets.ts"
import { runWithPipes } from "./run-with-pipes.ts"
import { sweepLeftovers } from "./secret-folder.ts"

/** A value for one command. */
export interface GivenSecret {
  /** The variable; also the name in markers. */
  name: string
  value: string | Uint8Array
  /** The variable holds the path of a file of 0600 instead of the value. */
  file?: boolean
}

export interface SecretRun {
  /** A program: found as a shell finds it, and run without one. */
  command: string
  args?: readonly string[]
  secrets: readonly GivenSecret[]
  /** What the command sees besides; else the environment of this process, without what is Sotto's own. */
  env?: Readonly<Record<string, string | undefined>>
  cwd?: string
  /** Redacted; else this process's own. */
  stdout?: Writable
  stderr?: Writable
  stdin?: "inherit" | "ignore"
  /** Ends the command: SIGTERM first, SIGKILL after three seconds. */
  signal?: AbortSignal
}

export interface SecretRunEnd extends ChildEnd {
  /** How often each secret was masked, and in which form. */
  redactions: RedactionCount[]
}

/**
 * Runs a command that is given secrets, and masks them in what it prints. Files are gone when this settles, however it does. While
 * the command runs, signals such as SIGINT go to it and do not end this process, as in a shell.
 * @throws SecretError `invalid_argument`, `command_not_started`, `SECRETS_REQUIRED_MISSING` with reason `inject_failed`
 */
export const runWithSecrets = async (run: SecretRun): Promise<SecretRunEnd> => {
  const { command, args = [], secrets, env = process.env, cwd = process.cwd(), stdin = "ignore", signal } = run
  assertNames(secrets)
  sweepLeftovers(process.env)
  const file = findCommand(command, env)
  const redactor = createRedactor(secrets)
  const injection = injectSecrets(secrets.map(resolved), process.env)
  try {
    const child = childEnvironment(env, { injected: injection.env, guarded: [], unset: [] })
    const openFilter = (): StreamFilter => redactor.filter()
    const outputs = { stdout: run.stdout ?? process.stdout, stderr: run.stderr ?? process.stderr }
    const end = await runWithPipes({ order: { file, args, env: child, cwd }, openFilter, outputs, stdin, ...(signal !== undefined && { signal }) })
    return { ...end, redactions: redactor.counts() }
  } finally {
    injection.remove()
    redactor.dispose()
  }
}

const resolved = ({ name, value, file = false }: GivenSecret) => ({
  name, scheme: "given", file, value: new Redacted(typeof value === "string" ? new TextEncoder().encode(value) : value, name),
})

const assertNames = (secrets: readonly GivenSecret[]): void => {
  const names = secrets.map(({ name }) => name)
  if (names.some((name) => !isVariableName(name))) throw new SecretError("invalid_argument", "a secret is not named as a variable can be")
  if (new Set(names).size < names.length) throw new SecretError("invalid_argument", "two secrets have one name")
}
