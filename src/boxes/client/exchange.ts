import { isSecretError, SecretError } from "../../base/errors.ts"
import { REPLY_HEADER } from "../protocol/binding.ts"
import { networkError } from "./failures.ts"

/** Last argument of every method. */
export interface CallOptions {
  /** Ends the call: it is then rejected with `aborted`. What was sent may have been done. */
  signal?: AbortSignal
}

export interface Outgoing extends CallOptions {
  url: string
  body: string
  headers: Record<string, string>
  /** What an answer may have at most. */
  maxBytes: number
}

export interface Reply {
  status: number
  body: Uint8Array
  /** What the server signed of it. */
  signature: string | null
}

export interface ExchangeOptions {
  fetch: typeof globalThis.fetch
  timeoutMs: number
}

/** One POST of JSON. @throws SecretError `server_unreachable`, `aborted`; the platform's own words stay out: they are not ours to vouch for */
export const exchange = async ({ url, body, headers, maxBytes, signal }: Outgoing, { fetch, timeoutMs }: ExchangeOptions): Promise<Reply> => {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
      credentials: "omit",
      redirect: "error",
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    })
    return { status: response.status, body: await bodyOf(response, maxBytes), signature: response.headers.get(REPLY_HEADER) }
  } catch (error) {
    throw isSecretError(error) ? error : failure(error, { timeout, timeoutMs, signal })
  }
}

/** Counted as it comes: what a few bytes unpack to, nobody knows before. */
const bodyOf = async ({ body }: Response, maxBytes: number): Promise<Uint8Array> => {
  const reader = body?.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true }
    if (done || value === undefined) break
    chunks.push(value)
    length += value.length
    if (length > maxBytes) {
      reader?.cancel().catch(() => undefined)
      throw networkError(`the answer has more than ${maxBytes} bytes`)
    }
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

const failure = (error: unknown, { timeout, timeoutMs, signal }: { timeout: AbortSignal; timeoutMs: number; signal: AbortSignal | undefined }): SecretError => {
  if (signal?.aborted === true) return new SecretError("aborted")
  if (timeout.aborted) return networkError(`the server did not answer within ${timeoutMs} ms`, { timeoutMs })
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown }
  return networkError("fetch failed", typeof code === "string" ? { reason: code } : {})
}
