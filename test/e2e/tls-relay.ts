/**
 * Stands between two machines: ends TLS with the certificate that it is given, writes all that it can read into a file, and passes
 * it on, or something else, as the file `mode` says at this moment. Its argument is its configuration as JSON; it says "ready".
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { request as requestPlain, type IncomingMessage, type ServerResponse } from "node:http"
import { createServer, request } from "node:https"
import { buffer } from "node:stream/consumers"
import { newSigningSeed, signingKeyOf } from "../../src/crypto/ed25519.ts"
import { signStatement } from "../../src/core/sandbox/statement.ts"

export interface RelayConfig {
  host: string
  port: number
  cert: string
  key: string
  /** Where what arrives goes on to. */
  target: string
  /** What was read. */
  record: string
  /** Holds a RelayMode; absent for `pass`. */
  mode: string
}

/** `forge`: an own delivery of nothing, signed by an own key; `flip`: one bit of what is sealed; `replay`: the first delivery again; `lie`: a receipt of its own. */
export type RelayMode = "pass" | "forge" | "flip" | "replay" | "lie"

interface Sent {
  kind?: string
  body?: { sealed?: string; sandboxId?: string; generation?: number }
  statement?: Sent
  proof?: string
}

const config = JSON.parse(process.argv[2] ?? "{}") as RelayConfig
const ownKey = signingKeyOf(newSigningSeed())
let first: Sent | null = null

const modeNow = (): RelayMode => (existsSync(config.mode) ? (readFileSync(config.mode, "utf8") as RelayMode) : "pass")

const meddle = (sent: Sent): Sent => {
  const mode = modeNow()
  if (mode === "forge") return { ...sent, ...signStatement("delivery", { ...sent.body, manifest: [], remove: [] }, ownKey) } as Sent
  if (mode === "replay") return first ?? sent
  if (mode !== "flip") return sent
  const sealed = sent.body?.sealed ?? ""
  return { ...sent, body: { ...sent.body, sealed: `${sealed.slice(0, -9)}${sealed.at(-9) === "A" ? "B" : "A"}${sealed.slice(-8)}` } }
}

/** A delivery on its way to a daemon that listens has kind, body and proof; one to a daemon that calls in has them below `statement`. */
const passedOn = (text: string): string => {
  const sent = parsed(text)
  if (sent?.kind !== "delivery") return text
  first ??= sent.statement ?? sent
  return JSON.stringify(sent.statement === undefined ? { ...meddle(sent), kind: "delivery" } : { ...sent, statement: meddle(sent.statement) })
}

const parsed = (text: string): Sent | null => {
  try {
    return JSON.parse(text) as Sent
  } catch {
    return null
  }
}

const send = (from: IncomingMessage, body: string): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const url = new URL(from.url ?? "/", config.target)
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) }
    const going = (url.protocol === "https:" ? request : requestPlain)(url, { method: from.method ?? "GET", headers: body === "" ? {} : headers }, (answer) => {
      buffer(answer).then((bytes) => resolve({ status: answer.statusCode ?? 502, text: bytes.toString() }), reject)
    })
    going.once("error", reject)
    from.socket.once("close", () => going.destroy()) // who was held and went away holds nobody
    going.end(body)
  })

const handle = async (from: IncomingMessage, to: ServerResponse): Promise<void> => {
  const asked = (await buffer(from)).toString()
  appendFileSync(config.record, `${from.method} ${from.url} ${JSON.stringify(from.headers)}\n${asked}\n`)
  const sent = parsed(asked)
  if (modeNow() === "lie" && sent?.kind === "delivery") {
    const { sandboxId, generation } = sent.body ?? {}
    return void to.end(JSON.stringify(signStatement("receipt", { v: 1, sandboxId, generation, mark: generation, isApplied: true }, ownKey)))
  }
  const { status, text } = await send(from, passedOn(asked))
  appendFileSync(config.record, `${status}\n${text}\n`)
  to.writeHead(status, { "content-type": "application/json" }).end(passedOn(text))
}

createServer({ cert: config.cert, key: config.key }, (from, to) => void handle(from, to).catch(() => to.destroy()))
  .on("tlsClientError", () => undefined)
  .listen(config.port, config.host, () => process.stdout.write("ready\n"))
