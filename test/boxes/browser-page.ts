import { createServer, type Server } from "node:http"
import { once } from "node:events"
import { connect, createServer as createRelay, type AddressInfo, type Socket } from "node:net"
import { build } from "esbuild"
import { ROOT } from "../architecture/manifest.ts"

/** A page of another origin than the server's that has the client of boxes as `boxes`, and its insides as `inside`. */
export const servePage = async (): Promise<{ origin: string; close(): Promise<void> }> => {
  const script = await bundle()
  const server = createServer((request, response) => {
    if (request.url === "/client.js") response.setHeader("content-type", "text/javascript").end(script)
    else response.setHeader("content-type", "text/html").end('<!doctype html><title>Boxes</title><script src="/client.js"></script>')
  })
  return { origin: await listen(server), close: () => closeAll(server) }
}

const bundle = async (): Promise<string> => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import * as boxes from "./src/boxes/index.ts"
        import { checkVectors } from "./test/boxes/check-vectors.ts"
        Object.assign(globalThis, { boxes, checkVectors })`,
      resolveDir: ROOT,
      loader: "ts",
    },
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    logLevel: "silent",
  })
  return outputFiles[0]?.text ?? ""
}

const listen = async (server: Server): Promise<string> => {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const closeAll = async (server: Server): Promise<void> => {
  server.closeAllConnections()
  server.close()
  await once(server, "close")
}

export interface RecordingRelay {
  origin: string
  /** Every byte that passed, in either direction. */
  traffic(): Buffer
  /** Whom it passes on to. */
  target(port: number): void
  close(): Promise<void>
}

/** Stands between clients and a server, passes everything on and writes it down. */
export const startRelay = async (): Promise<RecordingRelay> => {
  const passed: Buffer[] = []
  const sockets = new Set<Socket>()
  let port = 0
  const join = (from: Socket, to: Socket): void => {
    sockets.add(from)
    from.on("data", (chunk: Buffer) => passed.push(chunk))
    from.on("error", () => to.destroy()).on("close", () => to.destroy())
    from.pipe(to)
  }
  const relay = createRelay((client) => {
    const server = connect(port, "127.0.0.1")
    join(client, server)
    join(server, client)
  })
  relay.listen(0, "127.0.0.1")
  await once(relay, "listening")
  return {
    origin: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    traffic: () => Buffer.concat(passed),
    target: (to) => {
      port = to
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      relay.close()
      await once(relay, "close")
    },
  }
}
