import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { brotliCompressSync, brotliDecompressSync, gzipSync } from "node:zlib"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { openTestServer, type TestServer } from "../../test/open-test-server.ts"
import { readConsoleFiles } from "./mount-console.ts"

let folder: string
let server: TestServer

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sotto-console-"))
  await mkdir(join(folder, "assets"))
  await mkdir(join(folder, ".vite"))
  await writeFile(join(folder, "index.html"), "<!doctype html><title>Console</title>")
  await writeFile(join(folder, "assets/main-1.js"), "run()")
  await writeFile(join(folder, "assets/main-1.js.br"), brotliCompressSync("run()"))
  await writeFile(join(folder, "assets/main-1.js.gz"), gzipSync("run()"))
  await writeFile(join(folder, "assets/main-1.css"), "a {}")
  await writeFile(join(folder, "assets/icon-1.svg"), "<svg/>")
  await writeFile(join(folder, "assets/notes.txt"), "not for anybody")
  await writeFile(join(folder, ".vite/manifest.json"), "{}")
  const files = await readConsoleFiles(folder)
  server = await openTestServer({ ...(files && { console: files }) })
})
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

describe("the console's files", () => {
  it("stand at / and below /assets, each as what it is", async () => {
    const page = await server.call("GET", "./")
    expect([page.status, page.text]).toEqual([200, "<!doctype html><title>Console</title>"])
    expect(page.headers).toMatchObject({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff" })
    expect(page.headers["content-security-policy"]).toContain("script-src 'self'")
    const types = { "main-1.js": "text/javascript; charset=utf-8", "main-1.css": "text/css; charset=utf-8", "icon-1.svg": "image/svg+xml" }
    for (const [name, type] of Object.entries(types)) {
      const { status, headers } = await server.call("GET", `./assets/${name}`)
      expect([status, headers["content-type"]]).toEqual([200, type])
      expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable")
    }
  })

  it("are all that is served", async () => {
    const paths = [
      "./assets", "./assets/", "./assets/notes.txt", "./assets/main-1.js.br", "./assets/..%2findex.html", "./index.html", "./.vite/manifest.json",
      "./assets/../.vite/manifest.json", "./assets/%2e%2e/index.html", "./assets/MAIN-1.js", "./assets/main-1.js/", "./secrets",
    ]
    for (const path of paths) expect([path, (await server.call("GET", path)).status]).toEqual([path, 404])
  })

  it("are as they were at the start", async () => {
    await writeFile(join(folder, "assets/main-1.js"), "changed()")
    await writeFile(join(folder, "assets/new-1.js"), "new()")
    expect((await server.call("GET", "./assets/main-1.js")).text).toBe("run()")
    expect((await server.call("GET", "./assets/new-1.js")).status).toBe(404)
  })

  it("come compressed to whoever takes that", async () => {
    const ask = async (encodings: string) => server.app.inject({ url: "/assets/main-1.js", headers: { host: "localhost", "accept-encoding": encodings } })
    const brotli = await ask("gzip, deflate, br, zstd")
    expect([brotli.headers["content-encoding"], brotliDecompressSync(brotli.rawPayload).toString()]).toEqual(["br", "run()"])
    expect((await ask("gzip")).headers["content-encoding"]).toBe("gzip")
    const plain = await ask("identity")
    expect([plain.headers["content-encoding"], plain.body, plain.headers.vary]).toEqual([undefined, "run()", "accept-encoding"])
  })

  it("leave the plain page's forms and the request form where they are", async () => {
    expect((await server.call("GET", "./assets/sotto.css")).status).toBe(200)
    expect((await server.call("GET", `./r/req_${"a".repeat(22)}`)).text).toContain("A request for secrets")
    const answer = await server.call("POST", "./sign-in", { body: "code=x", headers: { "content-type": "application/x-www-form-urlencoded" } })
    expect([answer.status, answer.text.includes("Sign-in code")]).toEqual([401, true])
  })
})

describe("where no console was built", () => {
  it("the plain page stands at /", async () => {
    expect(await readConsoleFiles(join(folder, "nowhere"))).toBeNull()
    await server.close()
    server = await openTestServer()
    expect((await server.call("GET", "./")).text).toContain("Your secrets layer is running")
  })
})
