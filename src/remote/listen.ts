import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo } from "node:net"
import { isSecretError, SecretError } from "../base/errors.ts"
import { fromUtf8 } from "../base/bytes.ts"
import { hasMoreParts } from "../base/json-parts.ts"
import { SANDBOX_LIMITS } from "../core/sandbox/limits.ts"
import type { Daemon, StatementToDaemon } from "./daemon.ts"

export interface ListenOptions {
  host: string
  port: number
  /** PEM texts; plain HTTP where absent, which a store accepts on loopback alone. */
  tls?: { cert: string; key: string }
}

export interface ListeningDaemon {
  host: string
  port: number
  close(): Promise<void>
}

const KINDS: readonly StatementToDaemon[] = ["delivery", "renewal", "command"]
const HEADERS_MS = 10_000
const REQUEST_MS = 60_000
const CONNECTIONS_MAX = 64
/** What strangers may have this process hold, of bodies that are on their way or looked at. */
const BODIES_MAX_BYTES = 2 * SANDBOX_LIMITS.statementMaxBytes
const CLOSE_MS = 2_000

/** Serves the channel: `GET /v1/hello`, `GET /v1/enrolment`, `POST /v1/messages`, and nothing else. @throws SecretError `not_supported` */
export const listenAsDaemon = async (daemon: Daemon, { host, port, tls }: ListenOptions): Promise<ListeningDaemon> => {
  const bodies: Bodies = { held: 0 }
  const handle = (request: IncomingMessage, response: ServerResponse): void => void answer({ daemon, bodies }, request, response)
  const limits = { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, maxHeaderSize: 16_384 }
  const server = tls === undefined ? createServer(limits, handle) : createTlsServer({ ...limits, ...tls, minVersion: "TLSv1.2" }, handle)
  server.maxConnections = CONNECTIONS_MAX
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(new SecretError("not_supported", `the daemon cannot listen on ${host}:${port} (${cause.code ?? "unknown"})`, { cause, help: "Choose another --listen." })))
    server.listen(port, host, resolve)
  })
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      const ending = setTimeout(() => server.closeAllConnections(), CLOSE_MS) // who never ends a request keeps nobody from stopping
      server.close(() => {
        clearTimeout(ending)
        resolve()
      })
      server.closeIdleConnections()
    })
  return { host, port: (server.address() as AddressInfo).port, close }
}

interface Served {
  daemon: Daemon
  bodies: Bodies
}

interface Bodies {
  held: number
}

const answer = async (served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  try {
    const { status, body } = await answerOf(served, request)
    send(response, status, body)
  } catch (error) {
    const { status, code, message } = faultOf(error)
    send(response, status, { code, message })
  }
}

const answerOf = async ({ daemon, bodies }: Served, request: IncomingMessage): Promise<{ status: number; body: unknown }> => {
  const route = `${request.method ?? ""} ${request.url ?? ""}`
  if (route === "GET /v1/hello") return { status: 200, body: await daemon.hello() }
  if (route === "GET /v1/enrolment") {
    const statement = daemon.enrolment()
    return statement === null ? { status: 404, body: { code: "not_found", message: "this sandbox is enrolled" } } : { status: 200, body: statement }
  }
  if (route !== "POST /v1/messages") return { status: 404, body: { code: "not_found", message: "there is no such thing" } }
  const given = await readJson(request, bodies)
  const { kind, ...statement } = typeof given === "object" && given !== null ? (given as { kind?: unknown }) : {}
  if (!KINDS.includes(kind as StatementToDaemon)) throw new SecretError("invalid_argument", "kind is delivery, renewal or command")
  const taken = await daemon.take(kind as StatementToDaemon, statement)
  return { status: taken.isTakenIn || kind === "command" ? 200 : 401, body: taken.statement }
}

const readJson = async (request: IncomingMessage, bodies: Bodies): Promise<unknown> => {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      length += part.length
      bodies.held += part.length
      if (length > SANDBOX_LIMITS.statementMaxBytes) throw new SecretError("payload_too_large")
      if (bodies.held > BODIES_MAX_BYTES) throw new SecretError("rate_limited")
      parts.push(part)
    }
    return parsed(Buffer.concat(parts))
  } finally {
    bodies.held -= length
  }
}

const parsed = (bytes: Uint8Array): unknown => {
  try {
    const text = fromUtf8(bytes)
    if (!hasMoreParts(text, SANDBOX_LIMITS.partsMax)) return JSON.parse(text)
  } catch {
    throw new SecretError("invalid_argument", "the body is no JSON")
  }
  throw new SecretError("payload_too_large")
}

const STATUS: Readonly<Record<string, number>> = { unauthorized: 401, invalid_argument: 400, payload_too_large: 413, rate_limited: 429 }

/** What is no SecretError stays inside. */
const faultOf = (error: unknown): { status: number; code: string; message: string } => {
  if (!isSecretError(error)) return { status: 500, code: "internal", message: "the daemon failed" }
  return { status: STATUS[error.code] ?? 500, code: error.code, message: error.message }
}

const send = (response: ServerResponse, status: number, body: unknown): void => {
  if (response.headersSent || response.destroyed) return
  const text = JSON.stringify(body)
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", "content-length": Buffer.byteLength(text), ...((status === 413 || status === 429) && { connection: "close" }) })
  response.end(text)
}
