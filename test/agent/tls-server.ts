import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bringPackages } from "../debian-package.ts"

/** A sentence where certificates cannot be made. */
export const missingOpenssl = (): string | null => bringPackages("openssl", ["openssl"])

export interface TlsServer {
  port: number
  ca: string
  /** What was asked, as it came. */
  seen: { method: string; url: string; headers: IncomingMessage["headers"]; body: string }[]
  answer: (request: TlsServer["seen"][number], response: ServerResponse) => void
  close(): Promise<void>
}

/** An https server on this machine for `names`, with an authority of its own. */
export const openTlsServer = async (names: readonly string[]): Promise<TlsServer> => {
  const { key, cert } = makeCertificate(names)
  const server: TlsServer = { port: 0, ca: cert, seen: [], answer: (_request, response) => void response.end("ok"), close: async () => undefined }
  const listener = createServer({ key, cert }, (request, response) => {
    const parts: Buffer[] = []
    request.on("data", (chunk: Buffer) => parts.push(chunk))
    request.on("end", () => {
      const seen = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body: Buffer.concat(parts).toString() }
      server.seen.push(seen)
      server.answer(seen, response)
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve))
  server.port = (listener.address() as AddressInfo).port
  server.close = () =>
    new Promise((resolve) => {
      listener.close(() => resolve())
      listener.closeAllConnections()
    })
  return server
}

const makeCertificate = (names: readonly string[]): { key: string; cert: string } => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-tls-"))
  try {
    const config = join(folder, "config")
    writeFileSync(config, `[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=test\n[ext]\nbasicConstraints=critical,CA:TRUE\nsubjectAltName=${names.map((name) => `DNS:${name}`).join(",")}\n`)
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout", join(folder, "key"), "-out", join(folder, "cert"), "-config", config], { stdio: "ignore" })
    return { key: readFileSync(join(folder, "key"), "utf8"), cert: readFileSync(join(folder, "cert"), "utf8") }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
