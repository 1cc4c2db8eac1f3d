import { setTimeout as sleep } from "node:timers/promises"
import { concatBytes, fromUtf8 } from "../base/bytes.ts"
import { isSecretError, SecretError, type SecretErrorCode } from "../base/errors.ts"
import { hasMoreParts } from "../base/json-parts.ts"
import { isSafeWay } from "../core/environments/loopback.ts"
import type { Statement } from "../core/sandbox/statement.ts"
import { SANDBOX_LIMITS } from "../core/sandbox/limits.ts"
import type { Daemon, StatementToDaemon } from "./daemon.ts"

export interface ConnectOptions {
  /** The server, as `SOTTO_URL` names it. */
  url: string
  signal: AbortSignal
  /** Told of each change between reached and not; `code` null for reached. */
  onState?: (code: string | null) => void
  fetch?: typeof fetch
}

const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 30_000
/** Between two calls: whoever answers at once, for nothing, keeps nobody busy. */
const PAUSE_MS = 250
const CALL_MS = SANDBOX_LIMITS.pollMs + 20_000

/** @throws SecretError `invalid_argument` for plain HTTP beyond loopback */
export const assertServerUrl = (text: string): URL => {
  const url = URL.parse(text)
  if (url === null || !isSafeWay(url) || url.username !== "" || url.search !== "") throw new SecretError("invalid_argument", "the server is named by an https:// address, or by http:// on loopback")
  return url
}

/** Calls the server in and waits there for what it says, until it is told to stop. What is lost on the way is said again. */
export const connectOut = async (daemon: Daemon, { url, signal, onState, fetch: send = fetch }: ConnectOptions): Promise<void> => {
  const base = new URL(`api/v1/sandboxes/${daemon.sandboxId}/`, `${assertServerUrl(url).href.replace(/\/$/, "")}/`)
  const caller: Caller = { base, signal, send }
  const underWay = new Set<Promise<void>>()
  let failures = 0
  let state: string | null | undefined
  const setState = (code: string | null): void => {
    if (state !== code) onState?.(code)
    state = code
  }
  while (!signal.aborted) {
    const begun = performance.now()
    try {
      const enrolment = daemon.enrolment()
      const answer = await post(caller, "poll", { ...(enrolment && { enrolment }), hello: await daemon.hello() })
      setState(null)
      failures = 0
      const { kind, statement } = answer as { kind?: unknown; statement?: unknown }
      if (kind === "delivery" || kind === "renewal") await takeIn(caller, daemon, { kind, statement })
      if (kind === "command") follow(underWay, takeIn(caller, daemon, { kind, statement }))
    } catch (error) {
      if (signal.aborted) break
      setState(isSecretError(error) ? error.code : "server_unreachable")
      failures++
      await sleep(Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(10, failures - 1)) * (0.8 + 0.4 * Math.random()), undefined, { signal }).catch(() => undefined)
    }
    const left = begun + PAUSE_MS - performance.now()
    if (left > 0) await sleep(left, undefined, { signal }).catch(() => undefined)
  }
  await Promise.all(underWay)
}

interface Caller {
  base: URL
  signal: AbortSignal
  send: typeof fetch
}

/** A command takes its time, and the daemon is told of other things meanwhile. */
const follow = (underWay: Set<Promise<void>>, work: Promise<void>): void => {
  const done: Promise<void> = work.catch(() => undefined).finally(() => underWay.delete(done))
  underWay.add(done)
}

const takeIn = async (caller: Caller, daemon: Daemon, { kind, statement }: { kind: StatementToDaemon; statement: unknown }): Promise<void> => {
  const taken = await daemon.take(kind, statement)
  const id = kind === "command" ? ((taken.statement.body as { id?: string }).id ?? "") : undefined
  await post(caller, "reply", kind === "command" ? { kind: "command", id, statement: taken.statement } : { kind: "receipt", statement: taken.statement satisfies Statement })
}

const CODES: readonly SecretErrorCode[] = ["unauthorized", "rate_limited", "not_found", "not_supported"]

const post = async ({ base, signal, send }: Caller, path: string, body: object): Promise<unknown> => {
  const response = await send(new URL(path, base), {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
    redirect: "error",
    signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]),
  })
  const answer = await readJson(response)
  if (response.ok && typeof answer === "object" && answer !== null) return answer
  const code = CODES.find((each) => each === (answer as { code?: unknown } | null)?.code)
  throw new SecretError(code ?? "server_unreachable", `the server answered ${response.status}`)
}

const readJson = async (response: Response): Promise<unknown> => {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    length += part.length
    if (length > SANDBOX_LIMITS.statementMaxBytes) throw new SecretError("payload_too_large")
    parts.push(part)
  }
  try {
    const text = fromUtf8(concatBytes(...parts))
    return hasMoreParts(text, SANDBOX_LIMITS.partsMax) ? null : JSON.parse(text)
  } catch {
    return null
  }
}
