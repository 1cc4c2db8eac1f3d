import * as z from "zod/mini"
import { randomBase62 } from "../access/base62.ts"
import { SecretError } from "../../base/errors.ts"
import { toBase64Url } from "../../crypto/base64url.ts"
import { generateSealingKeys } from "../../crypto/hpke.ts"
import { nowOf, type StoreContext } from "../context.ts"
import type { EnvironmentRow } from "../ports/rows.ts"
import type { CommandEnd as Ended } from "../ports/command-runner.ts"
import { SANDBOX_LIMITS } from "../sandbox/limits.ts"
import { CommandEnd, CommandEndBody, headOf, HelloBody, openPayload, sealPayload, type CommandBody, type CommandOrder } from "../sandbox/messages.ts"
import { readStatement, signStatement, type Statement } from "../sandbox/statement.ts"
import { currentRoot } from "../store-keys.ts"
import { notEnrolled } from "./deliver.ts"
import { environmentNotFound } from "./environment-row.ts"
import { callOf } from "./sync.ts"

/** Beyond the command's own time: the way there and back. */
const TRAVEL_MS = 15_000
const HELLO_MS = 10_000

/**
 * Runs a command in a sandbox, with what was delivered there: no value goes with it. The command and its redacted output pass
 * sealed. Who may ask for it is for the caller to have decided.
 * @throws SecretError `not_supported`, `server_unreachable`, `unauthorized`, and what the sandbox refuses
 */
export const runInSandbox = async (ctx: StoreContext, row: EnvironmentRow, { signal, ...order }: Omit<CommandOrder, "replyTo"> & { signal?: AbortSignal }): Promise<Ended> => {
  if (row.removedAt !== null) throw environmentNotFound(row.name)
  if (row.signingKey === null || row.sealingKey === null || ctx.sandboxes === undefined) throw notEnrolled(row.name)
  const reply = generateSealingKeys()
  const id = randomBase62(ctx.randomBytes, 22)
  const issuedAt = nowOf(ctx)
  const beside = { ...headOf(row.id), issuedAt, expiresAt: issuedAt + SANDBOX_LIMITS.validForMs, session: await sessionOf(ctx, row), id }
  const sealed = await sealPayload(row.sealingKey, { ...order, replyTo: toBase64Url(reply.publicKey) }, beside)
  const statement = signStatement("command", { ...beside, sealed } satisfies CommandBody, currentRoot(ctx.keys.current).sandboxes().signing)
  const answer = await send(ctx, row, { id, statement, timeoutMs: order.timeoutMs + TRAVEL_MS, ...(signal && { signal }) })
  const end = readStatement("command end", { schema: CommandEndBody, given: answer, publicKey: row.signingKey })
  if (end.sandboxId !== row.id || end.id !== id) throw new SecretError("unauthorized", "what arrived answers another command")
  if (end.error !== null || end.sealed === null) throw refusedBy(row, end.error)
  const found = z.safeParse(CommandEnd, await openPayload(reply, end.sealed, { ...headOf(row.id), id }))
  if (!found.success) throw new SecretError("unauthorized", "what arrived is no end of a command") // its own words stay out of it
  return found.data as Ended
}

const sessionOf = async (ctx: StoreContext, row: EnvironmentRow): Promise<string> => {
  if (row.address === null) {
    const session = ctx.sandboxes?.hub.sessionOf(row.id) ?? null
    if (session !== null) return session
    throw new SecretError("server_unreachable", `the sandbox "${row.name}" is not connected to this process`, {
      details: { environment: row.name },
      help: "It calls in to a server: ask that server, and see that its daemon runs.",
    })
  }
  const hello = await ctx.sandboxes?.link.call({ ...callOf(row), path: "hello", timeoutMs: HELLO_MS, maxBytes: SANDBOX_LIMITS.receiptMaxBytes })
  const { sandboxId, session } = readStatement("hello", { schema: HelloBody, given: hello, publicKey: row.signingKey as Uint8Array })
  if (sandboxId !== row.id) throw new SecretError("unauthorized", "what arrived is no authentic hello")
  return session
}

const send = async (ctx: StoreContext, row: EnvironmentRow, { id, statement, timeoutMs, signal }: { id: string; statement: Statement; timeoutMs: number; signal?: AbortSignal }): Promise<unknown> => {
  if (row.address !== null)
    return ctx.sandboxes?.link.call({ ...callOf(row), path: "messages", body: { kind: "command", ...statement }, timeoutMs, maxBytes: SANDBOX_LIMITS.answerMaxBytes, ...(signal && { signal }) })
  const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])])
  const answer = await ctx.sandboxes?.hub.command(row.id, { id, statement, signal: limit })
  if (answer === null || answer === undefined) throw new SecretError("server_unreachable", `the sandbox "${row.name}" has not answered`, { details: { environment: row.name } })
  return answer
}

const REFUSALS: Readonly<Record<string, string>> = {
  not_delivered: "a key that the command names was not delivered there",
  command_not_started: "the program could not be started there",
  not_supported: "the sandbox cannot keep the network away from a command",
  stale_session: "the sandbox was restarted meanwhile",
  busy: "the sandbox runs as many commands as it can",
}

const refusedBy = (row: EnvironmentRow, code: string | null): SecretError =>
  new SecretError("not_supported", `the sandbox "${row.name}" did not run the command: ${REFUSALS[code ?? ""] ?? (code ?? "refused")}`, {
    details: { environment: row.name, reason: code },
  })
