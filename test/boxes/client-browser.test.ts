import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { build } from "esbuild"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createClient } from "../../src/boxes/index.ts"
import { ROOT } from "../architecture/manifest.ts"
import { missingChromium, openChromium } from "../chromium.ts"
import { openBoxServer, type OpenBoxServer } from "./open-box-server.ts"
import { startOriginalServer, type OriginalServer } from "./original-server.ts"

const missing = missingChromium()
const NOW = 1_800_000_000_000

/** The entry as a page loads it, under the name `boxes`. */
const bundle = async (): Promise<string> => {
  const { outputFiles } = await build({ entryPoints: [join(ROOT, "src/boxes/index.ts")], bundle: true, write: false, platform: "browser", format: "iife", globalName: "boxes", external: ["node:*"] })
  return (outputFiles[0] as { text: string }).text
}

/** A page of another origin than the server's. */
const servePage = async (): Promise<Server> => {
  const script = await bundle()
  const pages = createServer((request, response) => {
    const isScript = request.url === "/boxes.js"
    response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" }).end(isScript ? script : '<!doctype html><script src="/boxes.js"></script>')
  })
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve))
  return pages
}

/** What stands before the original's server: pages may send Content-Type, and no other header. */
const serveOriginal = async (original: OriginalServer): Promise<Server> => {
  const gate = createServer((request, response) => {
    response.setHeaders(new Map([["access-control-allow-origin", "*"], ["access-control-allow-headers", "Content-Type"], ["access-control-allow-methods", "POST"]]))
    if (request.method === "OPTIONS") return void response.writeHead(204).end()
    const pass = async (): Promise<void> => {
      const body = await text(request)
      const answer = await fetch(original.url + request.url, { method: "POST", headers: { "content-type": "application/json" }, body })
      response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text())
    }
    pass().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => gate.listen(0, "127.0.0.1", resolve))
  return gate
}

describe.skipIf(missing !== null)(`a client in a Chromium${missing === null ? "" : ` (skipped: ${missing})`}`, () => {
  let browser: Browser
  let page: Page
  let pages: Server
  let sotto: OpenBoxServer
  let original: OriginalServer
  let gate: Server

  beforeAll(async () => {
    ;[browser, pages, original, sotto] = await Promise.all([
      openChromium(),
      servePage(),
      startOriginalServer({ now: () => NOW }),
      openBoxServer({ settings: { boxes: { isOn: true, anonymous: "allow", origins: ["*"] } } }),
    ])
    gate = await serveOriginal(original)
    page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`)
  })
  afterAll(async () => {
    await browser.close()
    for (const each of [pages, gate]) {
      each.closeAllConnections()
      each.close()
    }
    await Promise.all([sotto.close(), original.close()])
  })

  it("shares with one in Node, over signed answers, from a page of another origin", async () => {
    const alice = createClient({ serverURL: sotto.url, now: () => NOW })
    await alice.ready
    const found = await page.evaluate(
      `(async () => {
        const bob = boxes.createClient({ serverURL: "${sotto.url}", serverId: "${sotto.id}", requireSignedReplies: true, now: () => ${NOW} })
        await bob.setSecret("own", new Uint8Array([1, 2, 3]))
        await bob.acceptSecretsFrom("${alice.id}")
        window.bob = bob
        return { own: [...(await bob.getSecret("own"))], id: bob.id }
      })()`,
    )
    expect(found).toEqual({ own: [1, 2, 3], id: expect.stringMatching(/^[0-9a-f]{64}$/) })
    await alice.shareSecretTo((found as { id: string }).id, "name", { from: "Node" })
    expect(await page.evaluate(`window.bob.getSecretFrom("${alice.id}", "name")`)).toEqual({ from: "Node" })
  })

  it("speaks with the original's server, which lets a page send no name of a server", async () => {
    const { port } = gate.address() as AddressInfo
    const done = `(async () => {
      const client = boxes.createClient({ serverURL: "http://127.0.0.1:${port}", now: () => ${NOW} })
      await client.setSecret("name", "value")
      return client.getSecret("name")
    })()`
    expect(await page.evaluate(done)).toBe("value")
  })

  it("exports and imports its key, and gives the safety number that Node gives", async () => {
    const done = `(async () => {
      const client = boxes.createClient({ serverURL: "${sotto.url}" })
      const key = await boxes.importKey(await boxes.exportKey(client, "a passphrase"), "a passphrase")
      return key.secretKeyHex === client.secretKeyHex && boxes.safetyNumber(client.id, client.id).length
    })()`
    expect(await page.evaluate(done)).toBe(71)
  })
})
