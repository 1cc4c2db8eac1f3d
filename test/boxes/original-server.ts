import { randomBytes } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { newSecretKey, publicKeyOf, sign, verify } from "./original-crypto.ts"
import { OriginalSpaces } from "./original-spaces.ts"
import { assertStructure, isOriginalRoute, type OriginalBody, type OriginalRoute } from "./original-structure.ts"

/*
 * A server of Secret Manager 0.0.6 as its description has it: what an old server looks like to a client. It has no
 * notification hooks, keeps nothing beyond its process, and leaves out the original's crashes: where that answers before
 * it dies, as to `deleteSharedSecret`, this one answers and goes on.
 */

export interface OriginalServer {
  /** Without a slash at its end. */
  url: string
  /** The server's own public key. */
  id: string
  close(): Promise<void>
}

interface AuthCode {
  action: string
  creator: string
}

/** The fields of all routes. Which of them a body has, its structure check has settled. */
interface AnyBody {
  publicKey: string
  fromId: string
  shareToId: string
  secretId: string
  secret: string
  action: string
  closureDate: number | null
  isOneTimeSecret: boolean
}

interface Reply {
  status: number
  body: object | string
}

const TIMEFRAME_MS = 180_000
const MAX_BODY_BYTES = 102_400
const PUBLIC_CODES: Record<string, string> = { openSecretSpace: "deadbeef".repeat(8), getNodeId: "deadbeefcafebabe".repeat(4) }

export const startOriginalServer = async ({ now = Date.now }: { now?: () => number } = {}): Promise<OriginalServer> => {
  const service = new OriginalService(now)
  const server = createServer((request, response) => {
    answer(service, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, id: service.id, close }
}

const answer = async (service: OriginalService, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { status, body } = await replyTo(service, request)
  const type = typeof body === "string" ? "text/html" : "application/json"
  response.writeHead(status, { "Content-Type": `${type}; charset=utf-8` })
  response.end(typeof body === "string" ? body : JSON.stringify(body))
}

const replyTo = async (service: OriginalService, request: IncomingMessage): Promise<Reply> => {
  const path = (request.url as string).replace(/\?.*$/, "")
  const text = await textOf(request)
  if (text === null) return page(413, "PayloadTooLargeError: request entity too large")
  const body = bodyOf(text, request.headers["content-type"])
  if (body === null) return page(400, "SyntaxError: Unexpected token in JSON")
  const route = path.slice(1)
  if (request.method !== "POST" || !isOriginalRoute(route)) return page(404, `Cannot ${request.method} ${path}`)
  return service.reply(route, body)
}

const page = (status: number, text: string): Reply => ({
  status,
  body: `<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n<pre>${text}</pre>\n</body>\n</html>\n`,
})

// A body that is too large is read to its end all the same, so that its sender hears the answer.
const textOf = async (request: IncomingMessage): Promise<string | null> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
  }
  return bytes > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString("utf8")
}

/** @returns null for what is neither a JSON object nor an array; nothing, and what is not called JSON, is an empty object */
const bodyOf = (text: string, type: string | undefined): OriginalBody | null => {
  if (text === "" || type?.split(";")[0]?.trim().toLowerCase() !== "application/json") return {}
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === "object" ? (body as OriginalBody | null) : null
  } catch {
    return null
  }
}

const messageOf = (error: unknown): string => (error as Error).message

class OriginalService {
  readonly id: string
  readonly #key = newSecretKey()
  readonly #now: () => number
  readonly #spaces: OriginalSpaces
  readonly #signaturesUntil = new Map<string, number>()
  readonly #authCodes = new Map<string, AuthCode>()

  constructor(now: () => number) {
    this.id = publicKeyOf(this.#key)
    this.#now = now
    this.#spaces = new OriginalSpaces(this.#key, now)
  }

  reply(route: OriginalRoute, body: OriginalBody): Reply {
    this.#spaces.beat()
    try {
      assertStructure(route, body)
    } catch (error) {
      return { status: 400, body: { error: `Error: ${messageOf(error)}` } }
    }
    let creator: string | undefined
    try {
      creator = this.#authenticate(route, body)
    } catch (error) {
      return { status: 401, body: { error: `Error on authenticateRequest! ${messageOf(error)}` } }
    }
    try {
      return { status: 200, body: this.#handle(route, body, creator) ?? { ok: true } }
    } catch (error) {
      return { status: 200, body: { error: messageOf(error) } }
    }
  }

  /** @returns who made the code, where it is a node's. As in the original it is used up before the signature is looked at. */
  #authenticate(route: OriginalRoute, body: OriginalBody): string | undefined {
    if (route === "getNodeId") return this.#useAuthCode(route, body["authCode"] as string)
    const { signature, ...signed } = body as { signature: string; publicKey: string; timestamp: number; authCode?: string }
    this.#assertUnused(signature)
    this.#assertTimely(signed.timestamp)
    const creator = signed.authCode === undefined ? undefined : this.#useAuthCode(route, signed.authCode)
    if (!verify(signature, signed.publicKey, `/${route}${JSON.stringify(signed)}`)) throw new Error("Invalid Signature!")
    return creator
  }

  #assertUnused(signature: string): void {
    const now = this.#now()
    for (const [used, until] of this.#signaturesUntil) if (until <= now) this.#signaturesUntil.delete(used)
    if (this.#signaturesUntil.has(signature)) throw new Error("Multiple use of signature detected!")
    this.#signaturesUntil.set(signature, now + 3 * TIMEFRAME_MS)
  }

  #timestamp(): number {
    const now = this.#now()
    return now - (now % TIMEFRAME_MS)
  }

  #assertTimely(timestamp: number): void {
    if (timestamp === 0) throw new Error("No Timestamp!")
    const bucket = this.#timestamp()
    if (![bucket - TIMEFRAME_MS, bucket, bucket + TIMEFRAME_MS].includes(timestamp)) throw new Error("Invalid Timestamp!")
  }

  #useAuthCode(action: string, code: string): string | undefined {
    if (PUBLIC_CODES[action] === code) return undefined
    const known = this.#authCodes.get(code)
    if (known?.action !== action) throw new Error("Invalid AuthCode!")
    this.#authCodes.delete(code)
    return known.creator
  }

  #handle(route: OriginalRoute, body: OriginalBody, creator: string | undefined): object | void {
    const { publicKey: id, fromId, shareToId, secretId, secret, action, closureDate, isOneTimeSecret: isOneTime } = body as unknown as AnyBody
    return {
      getNodeId: () => this.#nodeId(),
      createAuthCode: () => this.#createAuthCode(id, action),
      openSecretSpace: () => this.#spaces.open(id, closureDate, creator),
      getSecretSpace: () => this.#spaces.read(id),
      deleteSecretSpace: () => this.#spaces.erase(id),
      setSecret: () => this.#spaces.setSecret(id, secretId, secret),
      getSecret: () => this.#spaces.getSecret(id, secretId),
      deleteSecret: () => this.#spaces.deleteSecret(id, secretId),
      openSubSpace: () => this.#spaces.openSubSpace(id, fromId, closureDate),
      getSubSpace: () => this.#spaces.readSubSpace(id, fromId),
      deleteSubSpace: () => this.#spaces.deleteSubSpace(id, fromId),
      shareSecretTo: () => this.#spaces.share({ to: shareToId, from: id, secretId, secret, isOneTime }),
      getSecretFrom: () => this.#spaces.getSharedSecret(id, fromId, secretId),
      deleteSharedSecret: () => undefined,
    }[route]()
  }

  #nodeId(): object {
    const content = { serverNodeId: this.id, timestamp: this.#timestamp() }
    return { ...content, signature: sign(JSON.stringify(content), this.#key) }
  }

  /** The code is in no answer: its creator reads it as a secret that the server shares. Where that fails, the code stays all the same. */
  #createAuthCode(creator: string, action: string): void {
    const code = randomBytes(32).toString("hex")
    this.#authCodes.set(code, { action, creator })
    this.#spaces.share({ to: creator, from: this.id, secretId: `${action}AuthCode`, secret: code, isOneTime: true })
  }
}
