import { connect, type Socket } from "node:net"
import { createServer } from "node:http"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createHttpLink } from "../../src/remote/http-link.ts"
import { listenAsDaemon } from "../../src/remote/listen.ts"
import { freePort, openEnrolled, openTestStore, type TestSandbox, type TestStore } from "./open-sandbox.ts"

describe("the daemon's server, for strangers", () => {
  let here: TestStore
  let one: TestSandbox
  const sockets: Socket[] = []

  beforeEach(async () => {
    here = await openTestStore()
    one = await openEnrolled(here)
    await here.set({ A_KEY: "a" })
    await here.sync()
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await one.close()
    await here.close()
  })

  const post = async (body: string | Uint8Array<ArrayBuffer>): Promise<number> => {
    const response = await fetch(`${one.address}/v1/messages`, { method: "POST", headers: { connection: "close" }, body })
    await response.text()
    return response.status
  }
  /** The first line of what comes back for these bytes. */
  const raw = (bytes: string, address = one.address): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(Number(new URL(address).port), "127.0.0.1", () => socket.write(bytes))
      sockets.push(socket)
      socket.once("data", (data) => resolve(String(data).split("\r\n")[0] ?? ""))
      socket.once("close", () => resolve("closed"))
      socket.once("error", () => resolve("closed"))
    })

  it("reads no text of a million arrays, whole or nested, and no bytes that are no text", async () => {
    const begun = performance.now()
    for (const body of ["[".repeat(6_000_000) + "]".repeat(6_000_000), `[${"{},".repeat(2_000_000)}0]`, `{"kind":"delivery","body":${'{"":'.repeat(100_000)}0${"}".repeat(100_000)}}`]) expect(await post(body)).toBe(413)
    expect(performance.now() - begun).toBeLessThan(1_500)
    expect(await post(`{"kind":"delivery","proof":"AA","body":${"[".repeat(5_000)}${"]".repeat(5_000)}}`)).toBe(401)
    expect(await post(`{"kind":"delivery","proof":"AA","body":{"__proto__":{"v":1}},"__proto__":{}}`)).toBe(401)
    expect(await post(new Uint8Array([0xff, 0xfe]))).toBe(400)
  })

  it("holds so much of what does not come to its end, and no more", async () => {
    const begin = `POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 12000000\r\n\r\n${"x".repeat(11_000_000)}`
    const first = raw(begin)
    const second = raw(begin)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await raw(begin)).toBe("HTTP/1.1 429 Too Many Requests")
    for (const socket of sockets.splice(0)) socket.destroy()
    expect(await Promise.all([first, second])).toEqual(["closed", "closed"])
    expect(await here.sync()).toMatchObject({ unchanged: 1 })
  })

  it("takes no request that two readers could read as two", async () => {
    for (const framing of ["content-length: 4\r\ntransfer-encoding: chunked", "content-length: 4\r\ncontent-length: 5", "transfer-encoding: chunked, identity", "content-length: +4"])
      expect(await raw(`POST /v1/messages HTTP/1.1\r\nhost: x\r\n${framing}\r\n\r\n0\r\n\r\n`)).toBe("HTTP/1.1 400 Bad Request")
  })

  it("stops although somebody never ends a request", async () => {
    const port = await freePort()
    const listening = await listenAsDaemon(one.daemon, { host: "127.0.0.1", port })
    const held = raw("POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{", `http://127.0.0.1:${port}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await listening.close()
    expect(await held).toBe("closed")
  }, 8_000)

  it("is given up by the store where its answer drips", async () => {
    const server = createServer((_request, response) => {
      const drip = setInterval(() => response.write(" "), 20)
      response.once("close", () => clearInterval(drip))
    })
    const port = await new Promise<number>((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)))
    const call = createHttpLink().call({ address: `http://127.0.0.1:${port}`, allowsPrivate: false, path: "hello", timeoutMs: 300, maxBytes: 10_000 })
    await expect(call).rejects.toMatchObject({ code: "server_unreachable", message: `the sandbox at 127.0.0.1:${port} did not answer within 300 ms` })
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
})
