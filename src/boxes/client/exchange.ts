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
export const exchange = async ({ url, body, headers, signal }: Outgoing, { fetch, timeoutMs }: ExchangeOptions): Promise<Reply> => {
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
    return { status: response.status, body: new Uint8Array(await response.arrayBuffer()), signature: response.headers.get(REPLY_HEADER) }
  } catch (error) {
    throw isSecretError(error) ? error : failure(error, { timeout, timeoutMs, signal })
  }
}

const failure = (error: unknown, { timeout, timeoutMs, signal }: { timeout: AbortSignal; timeoutMs: number; signal: AbortSignal | undefined }): SecretError => {
  if (signal?.aborted === true) return new SecretError("aborted")
  if (timeout.aborted) return networkError(`the server did not answer within ${timeoutMs} ms`, { timeoutMs })
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown }
  return networkError("fetch failed", typeof code === "string" ? { reason: code } : {})
}
