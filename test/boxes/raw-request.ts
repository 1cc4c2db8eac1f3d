import { newSecretKey, publicKeyOf, sign } from "./original-crypto.ts"

/** Requests by hand: what the original's client sends, and everything that it never would. */
export interface Answer {
  status: number
  text: string
}

export type Body = Record<string, unknown>

interface SignOptions {
  nonce?: number
  timestamp?: unknown
  /** Signs in the place of the holder. */
  secretKey?: string
}

export interface RawHolder {
  secretKey: string
  id: string
  /** A body with its keys in their order. */
  body(route: string, fields?: Body, options?: SignOptions): Body
  ask(route: string, fields?: Body, options?: SignOptions): Promise<Answer>
}

export interface RawServer {
  url: string
  now: () => number
}

export const OPENING_CODE = "deadbeef".repeat(8)
export const SERVER_ID_CODE = "deadbeefcafebabe".repeat(4)
export const WINDOW_MS = 180_000
export const OK: Answer = { status: 200, text: '{"ok":true}' }

export const refusal = (text: string): Answer => ({ status: 200, text: JSON.stringify({ error: text }) })
export const unauthorized = (text: string): Answer => ({ status: 401, text: JSON.stringify({ error: `Error on authenticateRequest! ${text}` }) })
export const malformed = (text: string): Answer => ({ status: 400, text: JSON.stringify({ error: `Error: ${text}` }) })

export const post = async (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
  const text = typeof body === "string" ? body : JSON.stringify(body)
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: text })
  return { status: response.status, text: await response.text() }
}

let nonces = 0

/** A key pair that asks without a client. No two of its requests are alike. */
export const createRawHolder = ({ url, now }: RawServer, holderKey: string = newSecretKey()): RawHolder => {
  const id = publicKeyOf(holderKey)
  const body: RawHolder["body"] = (route, fields = {}, { nonce = nonces++, timestamp = now() - (now() % WINDOW_MS), secretKey = holderKey } = {}) => {
    const { authCode, ...rest } = fields
    const first = { ...(authCode !== undefined && { authCode }), publicKey: id, ...rest }
    return { ...first, timestamp, signature: sign(`/${route}${JSON.stringify({ ...first, timestamp, nonce })}`, secretKey), nonce }
  }
  return { secretKey: holderKey, id, body, ask: (route, fields, options) => post(`${url}/${route}`, body(route, fields, options)) }
}

/** A holder whose box is open. */
export const openRawHolder = async (server: RawServer, secretKey?: string): Promise<RawHolder> => {
  const holder = createRawHolder(server, secretKey)
  const { text } = await holder.ask("openSecretSpace", { authCode: OPENING_CODE, closureDate: null })
  if (text !== OK.text) throw new Error(text)
  return holder
}
