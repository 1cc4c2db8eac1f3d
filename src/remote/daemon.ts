import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import type { Clock } from "../base/clock.ts"
import { isSecretError, SecretError } from "../base/errors.ts"
import { Redacted } from "../base/redacted.ts"
import { fromBase64Url } from "../crypto/base64url.ts"
import type { JsonValue } from "../base/canonical-json.ts"
import type { CommandRun, CommandRunner } from "../core/ports/command-runner.ts"
import { SANDBOX_LIMITS } from "../core/sandbox/limits.ts"
import {
  CommandBody, CommandOrder, DeliveryBody, headOf, openPayload, openValues, RenewalBody, sealPayload, type CommandEndBody, type HelloBody, type Manifest, type ReceiptBody, type SandboxFacts,
} from "../core/sandbox/messages.ts"
import { readStatement, signStatement, type Statement } from "../core/sandbox/statement.ts"
import { parseArgs } from "../core/use-case.ts"
import type { AppliedState } from "./applied-state.ts"
import type { Applier } from "./applier.ts"
import type { ContactFile } from "./contact.ts"
import type { DaemonIdentity } from "./daemon-identity.ts"

export interface DaemonParts {
  identity: DaemonIdentity
  contact: ContactFile
  applier: Applier
  facts: SandboxFacts
  clock: Clock
  /** Absent: the daemon runs no commands. */
  runCommand?: CommandRunner
  /** Hears what was done, by name; for the operator's log. */
  onNote?: (note: DaemonNote) => void
}

export type DaemonNote =
  | { what: "applied"; generation: number; added: string[]; updated: string[]; removed: string[]; restarted: boolean }
  | { what: "refused"; generation: number; code: string }
  | { what: "lease_ended"; removed: string[] }
  | { what: "command"; exitCode: number | null }

/** What a daemon answers; `isTakenIn` is false where it did nothing for it. */
export interface Taken {
  isTakenIn: boolean
  statement: Statement
}

export type StatementToDaemon = "delivery" | "renewal" | "command"

/** The sandbox's side of the channel, whatever carries it. */
export interface Daemon {
  readonly sandboxId: string
  hello(): Promise<Statement>
  enrolment(): Statement | null
  /** @throws SecretError `unauthorized` for what the store did not sign for this sandbox, or too long ago */
  take(kind: StatementToDaemon, given: unknown): Promise<Taken>
  /** Deletes what it holds where the store has not spoken for too long. @returns when to look again, in milliseconds; null for never */
  checkLease(): Promise<number | null>
}

const FILE_SUFFIX = "_FILE"
/** What the daemon's own keys are called in markers; reserved, so the name of no secret that is delivered. */
const OWN_KEY = "SOTTO_DAEMON_KEY"
const COMMANDS_MAX = 8
/** A value that is shorter would mask innocent text. */
const MASKED_MIN_BYTES = 8

/** One daemon for the life of its process: `session` tells its starts apart. */
export const createDaemon = (parts: DaemonParts): Daemon => {
  const { identity, contact, facts, clock } = parts
  const session = randomUUID()
  const head = headOf(identity.sandboxId)
  const commands: Commands = { session, seen: new Map(), forgottenUntil: 0, running: 0, masks: new Set(), passing: [] }
  let last: Promise<unknown> = Promise.resolve()
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work, work)
    last = done.catch(() => {})
    return done
  }
  return {
    sandboxId: identity.sandboxId,
    hello: async () => {
      const body: HelloBody = { ...head, session, generation: contact.mark, at: clock(), isStanding: await isStanding(parts), ...facts }
      return signStatement("hello", body, identity.signing)
    },
    enrolment: () => identity.enrolment(facts),
    take: (kind, given) => {
      if (kind === "command") return takeCommand(parts, commands, given)
      return inOrder(() => (kind === "delivery" ? takeDelivery(parts, commands, given) : takeRenewal(parts, given)))
    },
    checkLease: () => inOrder(() => checkLease(parts)),
  }
}

/** For this sandbox, and of these minutes. */
const assertForUs = ({ identity, clock }: DaemonParts, { sandboxId, issuedAt, expiresAt }: { sandboxId: string; issuedAt: number; expiresAt: number }): void => {
  const now = clock()
  if (sandboxId !== identity.sandboxId) throw new SecretError("unauthorized", "the statement is for another sandbox")
  if (now >= expiresAt) throw new SecretError("unauthorized", "the statement has expired", { help: "Compare the clocks of store and sandbox." })
  if (issuedAt > now + SANDBOX_LIMITS.clockSkewMs) throw new SecretError("unauthorized", "the statement is from the future", { help: "Compare the clocks of store and sandbox." })
}

const takeDelivery = async (parts: DaemonParts, commands: Commands, given: unknown): Promise<Taken> => {
  const body = readStatement("delivery", { schema: DeliveryBody, given, publicKey: parts.identity.storeKey })
  assertForUs(parts, body)
  if (body.generation <= parts.contact.mark) return refuse(parts, body.generation, "stale_generation")
  try {
    const values = await openValues(parts.identity.sealing, body)
    takenIn(parts, body.generation)
    maskPassing(commands, [...values, ...(await deliveredValues(parts).catch(() => []))])
    const secrets = body.manifest.map(({ key, version }) => ({ key, version, value: values.get(key) as string }))
    const result = await parts.applier.apply({ generation: body.generation, secrets, restart: body.restart })
    const error = result.refused.length > 0 ? "refused" : result.isRestored ? "not_restarted" : null
    if (error !== null) return await refuse(parts, body.generation, error, result)
    const { added, updated, removed, restarted } = result
    parts.onNote?.({ what: "applied", generation: body.generation, added, updated, removed, restarted })
    return { isTakenIn: true, statement: await receipt(parts, { ...result, generation: body.generation, isApplied: true, error: null }, body.manifest) }
  } catch (error) {
    return refuse(parts, body.generation, isSecretError(error) ? error.code : "internal")
  } finally {
    commands.passing = []
  }
}

/** Commands that run now can read in the file what comes, and beside it what goes. */
const maskPassing = (commands: Commands, values: readonly (readonly [string, string])[]): void => {
  commands.passing = masked(values)
  for (const mask of commands.masks) for (const value of commands.passing) mask(value)
}

const takeRenewal = async (parts: DaemonParts, given: unknown): Promise<Taken> => {
  const body = readStatement("renewal", { schema: RenewalBody, given, publicKey: parts.identity.storeKey })
  assertForUs(parts, body)
  if (body.generation <= parts.contact.mark) return refuse(parts, body.generation, "stale_generation")
  takenIn(parts, body.generation)
  return { isTakenIn: true, statement: await receipt(parts, { generation: body.generation, isApplied: true, error: null }) }
}

/** Written before anything is done: after a crash the same statement is an old one, and the store says it anew. */
const takenIn = ({ contact, identity, clock }: DaemonParts, generation: number): void => {
  contact.note(generation, clock())
  identity.endEnrolment()
}

/** Nothing was even looked at. */
const NOT_TAKEN = new Set(["stale_generation", "decryption_failed"])

const refuse = async (parts: DaemonParts, generation: number, code: string, result: Partial<ReceiptBody> = {}): Promise<Taken> => {
  parts.onNote?.({ what: "refused", generation, code })
  return { isTakenIn: !NOT_TAKEN.has(code), statement: await receipt(parts, { ...result, generation, isApplied: false, error: code }) }
}

/** What stands of what was delivered last, by name: somebody may have reset the place since, or taken a part away. */
const standing = async ({ applier }: DaemonParts): Promise<AppliedState["secrets"]> => {
  const { secrets, target } = applier.state()
  const found = await applier.readVariables().catch(() => new Map<string, string>())
  return secrets.filter(({ key }) => found.has(target?.mode === "folder" ? key + FILE_SUFFIX : key))
}

const isStanding = async (parts: DaemonParts): Promise<boolean> => {
  const { secrets, isWiped } = parts.applier.state()
  return !isWiped && (await standing(parts)).length === secrets.length
}

const NOTHING_DONE = { added: [], updated: [], removed: [], refused: [], warnings: [], restarted: false, isAppBack: null, isRestored: false }

/** @param written what was just written and read back; looked for where absent */
const receipt = async (parts: DaemonParts, done: Partial<ReceiptBody> & Pick<ReceiptBody, "generation" | "isApplied" | "error">, written?: Manifest): Promise<Statement> => {
  const { identity, contact, applier, facts } = parts
  const { generation } = applier.state()
  const { added, updated, removed, refused, warnings, restarted, isAppBack, isRestored } = { ...NOTHING_DONE, ...done }
  const body: ReceiptBody = {
    ...headOf(identity.sandboxId),
    generation: done.generation,
    mark: contact.mark,
    isApplied: done.isApplied,
    applied: { generation, manifest: written ?? (await standing(parts)) },
    added, updated, removed, refused, warnings, restarted, isAppBack, isRestored,
    error: done.error,
    ...facts,
  }
  return signStatement("receipt", body, identity.signing)
}

interface Commands {
  session: string
  /** Ids that were taken in, and until when they count: none is run twice. */
  seen: Map<string, number>
  /** Ids that counted until then may be forgotten: a clock that is set back brings none of them back. */
  forgottenUntil: number
  running: number
  /** Of each one that runs. */
  masks: Set<Mask>
  /** What a delivery that is being written brings and takes away. */
  passing: readonly MaskedValue[]
}

type Mask = Parameters<NonNullable<CommandRun["onStart"]>>[0]
type MaskedValue = Parameters<Mask>[0]

const masked = (values: readonly (readonly [string, string])[]): MaskedValue[] =>
  values.filter(([, value]) => Buffer.byteLength(value) >= MASKED_MIN_BYTES).map(([key, value]) => ({ key, value: new Redacted(value, key) }))

const takeCommand = async (parts: DaemonParts, commands: Commands, given: unknown): Promise<Taken> => {
  const body = readStatement("command", { schema: CommandBody, given, publicKey: parts.identity.storeKey })
  assertForUs(parts, body)
  const end = (done: Pick<CommandEndBody, "error" | "sealed">): Taken => ({
    isTakenIn: done.error === null,
    statement: signStatement("command end", { ...headOf(body.sandboxId), id: body.id, ...done } satisfies CommandEndBody, parts.identity.signing),
  })
  if (body.session !== commands.session) return end({ error: "stale_session", sealed: null })
  forget(commands, parts.clock())
  if (commands.seen.has(body.id) || body.expiresAt <= commands.forgottenUntil) throw new SecretError("unauthorized", "the statement was taken in before")
  if (commands.running >= COMMANDS_MAX) return end({ error: "busy", sealed: null })
  commands.seen.set(body.id, body.expiresAt)
  commands.running++
  try {
    return end({ error: null, sealed: await runOrder(parts, commands, body) })
  } catch (error) {
    return end({ error: isSecretError(error) ? ((error.details.reason as string | undefined) ?? error.code) : "internal", sealed: null })
  } finally {
    commands.running--
  }
}

const forget = (commands: Commands, now: number): void => {
  for (const [id, until] of commands.seen) {
    if (until >= now) continue
    commands.seen.delete(id)
    commands.forgottenUntil = Math.max(commands.forgottenUntil, until)
  }
}

const runOrder = async (parts: DaemonParts, commands: Commands, { sealed, ...beside }: CommandBody): Promise<string> => {
  if (parts.runCommand === undefined) throw new SecretError("not_supported")
  const order = parseArgs(CommandOrder, await openPayload(parts.identity.sealing, sealed, beside))
  const values = await deliveredValues(parts)
  const secrets = Object.entries(order.variables).map(([name, key]) => {
    const value = values.get(key)
    if (value === undefined) throw new SecretError("not_found", `${key} was not delivered`, { details: { reason: "not_delivered" } })
    return { name, key, value: new Redacted(value, key) }
  })
  const given = new Set(secrets.map(({ key }) => key))
  // The command may read what was delivered from the file itself: all of it is masked, not only what it is given.
  const keys = parts.identity.keyTexts.map((text, i): [string, string] => [`${OWN_KEY}_${i + 1}`, text])
  const alsoMasked = [...masked([...[...values].filter(([key]) => !given.has(key)), ...keys]), ...commands.passing]
  const [program = "", ...args] = order.command
  let own: Mask | undefined
  const onStart = (mask: Mask): void => void commands.masks.add((own = mask))
  const ended = await parts.runCommand({
    program, args, secrets, alsoMasked, onStart, network: order.network,
    timeoutMs: Math.min(order.timeoutMs, 600_000), maxBytes: Math.min(order.maxBytes, SANDBOX_LIMITS.answerMaxBytes / 4),
    ...(order.cwd !== null && { cwd: order.cwd }),
    ...(order.stdin !== null && { stdin: order.stdin }),
  }).finally(() => own !== undefined && commands.masks.delete(own))
  parts.onNote?.({ what: "command", exitCode: ended.exitCode })
  return sealPayload(fromBase64Url(order.replyTo) as Uint8Array, ended as unknown as JsonValue, { ...headOf(beside.sandboxId), id: beside.id })
}

/** What stands in the delivered file now, by key; in folder mode what the `KEY_FILE` variables lead to. */
const deliveredValues = async ({ applier, facts }: DaemonParts): Promise<ReadonlyMap<string, string>> => {
  const variables = await applier.readVariables()
  if (facts.mode !== "folder") return variables
  return new Map([...variables].filter(([name]) => name.endsWith(FILE_SUFFIX)).map(([name, path]) => [name.slice(0, -FILE_SUFFIX.length), readFileSync(path, "utf8")]))
}

/** A clock that stands before the last contact proves nothing: what is held goes then, and the store brings it back. */
const checkLease = async ({ facts: { leaseMs }, contact, applier, clock, onNote }: DaemonParts): Promise<number | null> => {
  if (leaseMs === null || contact.at === null) return null
  const left = contact.at + leaseMs - clock()
  if (left > 0 && contact.at <= clock() + SANDBOX_LIMITS.clockSkewMs) return left
  if (!applier.state().isWiped) {
    const { removed } = await applier.wipe()
    onNote?.({ what: "lease_ended", removed })
  }
  return null
}
