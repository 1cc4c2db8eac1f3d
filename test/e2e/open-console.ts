import { join } from "node:path"
import { expect } from "vitest"
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core"
import { createLink } from "../../src/core/access/create-link.ts"
import type { Grant } from "../../src/core/principal.ts"
import { listen, type Listening } from "../../src/server/listen.ts"
import { readConsoleFiles } from "../../src/server/mount-console.ts"
import { ROOT } from "../architecture/manifest.ts"
import { openTestServer, type TestServer } from "../open-test-server.ts"

export interface TestConsole {
  server: TestServer
  url: string
  /** Every address that any window asked for. */
  asked: readonly string[]
  /** A new window of a new browser profile. */
  open(options?: BrowserContextOptions): Promise<Page>
  /** Another window beside the first, in the same profile. */
  beside(page: Page): Promise<Page>
  /** Signs a person in by a link, and waits for the secrets. */
  signIn(page: Page, as?: { person?: { id: string; name: string }; grants?: Grant[] }): Promise<void>
  code(as?: { person?: { id: string; name: string }; grants?: Grant[] }): Promise<string>
  /** @throws where a page complained, or asked anybody but the server for anything */
  close(): Promise<void>
}

/** The console as it was built, before a real server with a store of its own. */
export const openTestConsole = async (browser: Browser): Promise<TestConsole> => {
  const files = await readConsoleFiles(join(ROOT, "dist/console"))
  if (files === null) throw new Error("there is no console yet: npm run build")
  const server = await openTestServer({ settings: { port: 0 }, console: files })
  server.store.clock.now = Date.now()
  const listening: Listening = await listen(server.app, { port: 0 })
  const contexts: BrowserContext[] = []
  /** Of scripts, blocked resources, thrown errors. */
  const complaints: string[] = []
  const asked: string[] = []
  const watch = (page: Page): Page => {
    page.on("console", (message) => {
      if (message.type() === "error" && !/Failed to load resource|ERR_INTERNET_DISCONNECTED|dynamically imported module/.test(message.text())) complaints.push(message.text())
    })
    page.on("request", (request) => asked.push(request.url()))
    page.setDefaultTimeout(8_000)
    page.on("pageerror", (error) => complaints.push(String(error)))
    return page
  }
  const code: TestConsole["code"] = async (as = {}) =>
    (await createLink(server.store.ctx, { person: { id: "local", name: "Alice" }, ...as })).code.reveal()
  return {
    server,
    url: listening.url,
    asked,
    open: async (options = {}) => {
      const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"], reducedMotion: "reduce", ...options })
      contexts.push(context)
      return watch(await context.newPage())
    },
    beside: async (page) => watch(await page.context().newPage()),
    code,
    signIn: async (page, as) => {
      await page.goto(`${listening.url}/#code=${await code(as)}`)
      await page.getByRole("heading", { level: 1, name: "Secrets" }).waitFor()
      expect(page.url()).not.toContain("code=")
    },
    close: async () => {
      await Promise.all(contexts.map((context) => context.close()))
      await server.close()
      const elsewhere = asked.filter((url) => !url.startsWith(`${listening.url}/`) && !url.startsWith("blob:"))
      if (complaints.length + elsewhere.length > 0) throw new Error(`the console complains: ${[...complaints, ...elsewhere].join("\n")}`)
    },
  }
}
