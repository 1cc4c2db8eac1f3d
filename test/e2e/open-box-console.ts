import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core"
import { createBoxServer } from "../../src/boxes/server/box-server.ts"
import { createLink } from "../../src/core/access/create-link.ts"
import { createServerOver } from "../../src/server/create-server.ts"
import { listen } from "../../src/server/listen.ts"
import { readConsoleFiles } from "../../src/server/mount-console.ts"
import { ROOT } from "../architecture/manifest.ts"
import { openTestContext } from "../open-test-context.ts"

export interface BoxConsole {
  url: string
  serverId: string
  clock: { now: number }
  /** Where the database lies. */
  folder: string
  /** Everything that went over the network or was written to a log or a page's console. */
  traffic: Buffer[]
  /** What the pages had to complain of. */
  complaints: string[]
  /** The Boxes page of a person of their own browser profile. */
  open(name: string, options?: BrowserContextOptions & { clock?: "held" }): Promise<Page>
  /** Signs in, on a page that is there, and goes to the Boxes page. */
  enter(page: Page, name: string): Promise<void>
  close(): Promise<void>
}

interface Options {
  boxes?: "on" | "off"
  anonymous?: "allow" | "deny"
}

/** The console as it was built, before a real server that keeps boxes in a database of its own. */
export const openBoxConsole = async (browser: Browser, { boxes: isOn = "on", anonymous = "allow" }: Options = {}): Promise<BoxConsole> => {
  const files = await readConsoleFiles(join(ROOT, "dist/console"))
  if (files === null) throw new Error("there is no console yet: npm run build")
  const folder = await mkdtemp(join(tmpdir(), "sotto-boxes-"))
  const store = await openTestContext(`file:${join(folder, "store.db")}`)
  const boxes = createBoxServer(store.ctx, { anonymous })
  const traffic: Buffer[] = []
  const complaints: string[] = []
  const contexts: BrowserContext[] = []
  const log = { level: "debug" as const, destination: { write: (line: string) => void traffic.push(Buffer.from(line)) } }
  const settings = { port: 0, requestsPerMinute: null, log }
  const listening = await listen(createServerOver({ ctx: store.ctx, console: files, settings, ...(isOn === "on" && { boxes }) }), settings)
  const tick = setInterval(() => (store.clock.now += 1_000), 1_000) // requests to boxes prove when they were signed
  store.clock.now = Date.now()
  const enter: BoxConsole["enter"] = async (page, name) => {
    const { code } = await createLink(store.ctx, { person: { id: name.toLowerCase(), name } })
    await page.goto(`${listening.url}/#code=${code.reveal()}`)
    await page.getByRole("link", { name: "Boxes" }).click()
    await page.getByRole("heading", { level: 1, name: "Boxes" }).waitFor()
  }
  return {
    url: listening.url,
    serverId: boxes.id(),
    clock: store.clock,
    folder,
    traffic,
    complaints,
    enter,
    open: async (name, { clock, ...options } = {}) => {
      const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"], reducedMotion: "reduce", ...options })
      contexts.push(context)
      const page = await context.newPage()
      if (clock === "held") await page.clock.install()
      watch(page, { traffic, complaints })
      await enter(page, name)
      return page
    },
    close: async () => {
      clearInterval(tick)
      await Promise.all(contexts.map((context) => context.close()))
      await listening.close()
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

const watch = (page: Page, { traffic, complaints }: Pick<BoxConsole, "traffic" | "complaints">): void => {
  page.setDefaultTimeout(10_000)
  page.on("console", (message) => {
    traffic.push(Buffer.from(message.text()))
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) complaints.push(message.text())
  })
  page.on("pageerror", (error) => complaints.push(String(error)))
  page.on("request", (request) => traffic.push(Buffer.from(`${request.url()} ${JSON.stringify(request.headers())} `), request.postDataBuffer() ?? Buffer.alloc(0)))
  page.on("response", (response) => {
    if (!response.url().includes("/assets/")) response.body().then((body) => traffic.push(body), () => undefined)
  })
}
