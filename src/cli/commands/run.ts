import { constants } from "node:os"
import { isSecretError } from "../../base/errors.ts"
import { assertAllowed } from "../../core/references/allowed-references.ts"
import { assertNoDebugTrace } from "../../core/references/debug-trace.ts"
import { schemeOf } from "../../core/references/reference-text.ts"
import type { Resolution } from "../../core/references/resolve-references.ts"
import type { SecretSpec } from "../../core/references/secret-spec.ts"
import type { Redactor } from "../../redact/create-redactor.ts"
import { exitCodeOf, type ChildEnd, type ChildOrder } from "../../runner/child.ts"
import { childEnvironment } from "../../runner/child-environment.ts"
import { findCommand } from "../../runner/find-command.ts"
import { injectSecrets, type Injection } from "../../runner/inject-secrets.ts"
import { runPlain } from "../../runner/run-plain.ts"
import { sweepLeftovers } from "../../runner/secret-folder.ts"
import { assertNoAgent } from "../agent-shell.ts"
import { allowPatternsOf } from "../allow-patterns.ts"
import type { Call } from "../command.ts"
import { reportError } from "../report-error.ts"
import { specsOfRun } from "../run-specs.ts"

/** As env(1), timeout(1) and container engines have it: the command was never started. */
const NOT_STARTED = 125

export const run = async (call: Call): Promise<number> => {
  const prepared = await prepare(call).catch((error: unknown) => failed(call, error))
  if (typeof prepared === "number") return prepared
  const { order, injection, redactor } = prepared
  try {
    const end = await start(call, order, redactor)
    return exitCodeOf(end, constants.signals)
  } catch (error) {
    return failed(call, error)
  } finally {
    injection.remove()
    redactor?.dispose()
  }
}

const failed = ({ screen, env }: Call, error: unknown): number => {
  reportError(error, screen, env)
  const exitCode = isSecretError(error) ? error.details.exitCode : undefined
  return typeof exitCode === "number" ? exitCode : NOT_STARTED
}

interface Prepared {
  order: ChildOrder
  injection: Injection
  /** null where no secret is at hand, or nothing is to be masked. */
  redactor: Redactor | null
}

const NOTHING: Resolution = { secrets: [], skipped: [], calls: {}, guarded: [] }

const prepare = async (call: Call): Promise<Prepared> => {
  const { args, env } = call
  sweepLeftovers(env)
  const specs = await specsOfRun(call)
  assertAllowed(specs, allowPatternsOf(call))
  assertNoDebugTrace(specs, env)
  const file = findCommand(args[0] as string, env)
  const resolution = specs.length === 0 ? NOTHING : await resolve(call, specs)
  for (const { name, reason } of resolution.skipped) call.screen.note(`sotto: ${name} has no value (${reason}); the command runs without it.`)
  const redactor = call.options.flag("no-redact") ? await unmasked(call, specs) : await redactorFor(call, resolution)
  const injection = injectSecrets(resolution.secrets, env)
  const unset = resolution.skipped.map(({ name }) => name)
  const child = childEnvironment(env, { injected: injection.env, guarded: resolution.guarded, unset })
  return { order: { file, args: args.slice(1), env: child, cwd: process.cwd() }, injection, redactor }
}

const resolve = async (call: Call, specs: readonly SecretSpec[]): Promise<Resolution> => {
  const [{ openProviders }, { resolveReferences }] = await Promise.all([import("../open-providers.ts"), import("../../core/references/resolve-references.ts")])
  const schemes = specs.flatMap(({ reference }) => schemeOf(reference) ?? [])
  const { table, setting } = await openProviders(call, schemes)
  const stop = new AbortController()
  call.onInterrupt(() => stop.abort())
  return resolveReferences({ specs, providers: table, setting, signal: stop.signal })
}

const unmasked = async (call: Call, specs: readonly SecretSpec[]): Promise<null> => {
  assertNoAgent(call.env, "run --no-redact")
  const { noteUnredacted } = await import("../note-unredacted.ts")
  await noteUnredacted(call, specs.map(({ name }) => name))
  return null
}

/** The credentials of providers are masked as well: a child that finds one elsewhere may print it. */
const redactorFor = async ({ env, screen }: Call, { secrets, guarded }: Resolution): Promise<Redactor | null> => {
  const credentials = guarded.flatMap(({ name, isSecret }) => (isSecret && env[name] ? [{ name: "VAULT_CREDENTIAL", value: env[name] }] : []))
  if (secrets.length + credentials.length === 0) return null
  const { createRedactor } = await import("../../redact/create-redactor.ts")
  const redactor = createRedactor([...secrets.map(({ name, value }) => ({ name, value: value.reveal() })), ...credentials])
  for (const { name, reason } of redactor.warnings) screen.note(`sotto: ${name} is masked as it is and in no other form (${reason}).`)
  return redactor
}

const start = async (call: Call, order: ChildOrder, redactor: Redactor | null): Promise<ChildEnd> => {
  if (redactor === null) return runPlain(order)
  const openFilter = (): ReturnType<Redactor["filter"]> => redactor.filter()
  const { isTerminal } = call.screen
  if (isTerminal.stdin && isTerminal.stdout && isTerminal.stderr) {
    const { loadPty, runOnTerminal } = await import("../../runner/run-on-terminal.ts")
    const pty = await loadPty()
    if (pty !== null) return runOnTerminal(pty, { order, openFilter, stdin: process.stdin, stdout: process.stdout })
    call.screen.note("sotto: without the package @lydell/node-pty the command has no terminal: its output goes through pipes.")
  }
  const { runWithPipes } = await import("../../runner/run-with-pipes.ts")
  return runWithPipes({ order, openFilter, outputs: { stdout: process.stdout, stderr: process.stderr } })
}
