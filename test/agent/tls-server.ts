import { once } from "node:events"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo, Socket } from "node:net"
import { createCertificate } from "./certificates.ts"

/** A request as a server saw it. */
export interface Seen {
  method: string
  url: string
  headers: IncomingMessage["headers"]
  rawHeaders: string[]
  body: string
}

export interface TlsServer {
  port: number
  /** In PEM. */
  ca: string
  /** Everything that arrived, the oldest first. */
  seen: Seen[]
  /** How many connections were made. */
  connections: number
  /** What it answers from now on. */
  answer: (request: Seen, response: ServerResponse) => void
  close(): Promise<void>
}

/** A TLS server on 127.0.0.1 that says it is any of these hosts. */
export const openTlsServer = async (hosts: readonly string[]): Promise<TlsServer> => {
  const { ca, cert, key } = createCertificate(hosts)
  const sockets = new Set<Socket>()
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Uint8Array[] = []
    for await (const part of request as AsyncIterable<Uint8Array>) parts.push(part)
    const { method = "", url = "", headers, rawHeaders } = request
    const seen = { method, url, headers, rawHeaders, body: Buffer.concat(parts).toString() }
    opened.seen.push(seen)
    opened.answer(seen, response)
  }
  const server = createServer({ cert, key }, (request, response) => void handle(request, response).catch(() => response.destroy()))
  server.on("connection", (socket: Socket) => {
    opened.connections++
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  // A client that goes away is no fault of the server's.
  server.on("tlsClientError", () => {})
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const opened: TlsServer = {
    port: (server.address() as AddressInfo).port,
    ca,
    seen: [],
    connections: 0,
    answer: (_request, response) => void response.end("ok"),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, "close")
    },
  }
  return opened
}
