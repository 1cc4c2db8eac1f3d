import { mkdir, readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Browser, Page } from "playwright-core"
import { put } from "../../src/core/put.ts"
import { ROOT } from "../architecture/manifest.ts"
import { missingChromium, openChromium } from "../chromium.ts"
import { openTestConsole, type TestConsole } from "./open-console.ts"

const missing = missingChromium()
const SIZES = { laptop: { width: 1280, height: 800 }, phone: { width: 320, height: 640 } } as const
const PICTURES = join(ROOT, "test-results/console")
const DAY_MS = 86_400_000

interface Violation {
  id: string
  nodes: { html: string; failureSummary?: string }[]
}

/** What axe finds wrong with what is on the screen, by WCAG 2.2 AA and by good practice. */
const violations = async (page: Page): Promise<string[]> => {
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }
    return (await axe.run()).violations
  })
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary ?? ""}`).join("; ")}`)
}

const NAMES = ["STRIPE_KEY", "DATABASE_URL", "GITHUB_TOKEN", "OPENAI_API_KEY", "SENTRY_DSN", "SMTP_PASSWORD", "JWT_SIGNING_KEY", "S3_SECRET", "payments/webhook-signing-secret-of-the-eu-region"]

describe.skipIf(missing !== null).each(Object.entries(SIZES).flatMap(([size, viewport]) => (["light", "dark"] as const).map((colorScheme) => ({ size, viewport, colorScheme }))))(
  "the console on a $size in $colorScheme",
  ({ size, viewport, colorScheme }) => {
    let browser: Browser
    let sotto: TestConsole
    let page: Page
    let axe: string

    beforeAll(async () => {
      axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
      await mkdir(PICTURES, { recursive: true })
      browser = await openChromium()
      sotto = await openTestConsole(browser)
      page = await sotto.open({ viewport, colorScheme, bypassCSP: true }) // axe is put into the page
      const { ctx, clock } = sotto.server.store
      clock.now = Date.now() - 40 * DAY_MS
      for (const [i, name] of NAMES.entries()) {
        clock.now += 4 * DAY_MS
        await put(ctx, { name, value: "canary-value", ttlMs: i === 2 ? DAY_MS : i === 4 ? 23 * DAY_MS : null, metadata: { owner: "payments", service: { name: "api" } } })
      }
      clock.now = Date.now()
      await put(ctx, { name: "STRIPE_KEY", value: "canary-2" })
    })
    afterAll(async () => {
      await sotto.close()
      await browser.close()
    })

    const expectRight = async (name: string): Promise<void> => {
      await page.screenshot({ path: join(PICTURES, `${name}-${size}-${colorScheme}.png`) })
      await page.evaluate(axe)
      expect(await violations(page)).toEqual([])
      const width = await page.evaluate(() => (globalThis as unknown as { document: { documentElement: { scrollWidth: number } } }).document.documentElement.scrollWidth)
      expect(width).toBeLessThanOrEqual(viewport.width)
    }

    it("signs in, lists, opens, replaces, edits, imports, exports, removes and is empty without a fault that axe knows", async () => {
      await page.goto(sotto.url)
      await page.getByLabel("Sign-in code").waitFor()
      await expectRight("sign-in")
      await sotto.signIn(page)
      await page.getByRole("row", { name: /STRIPE_KEY/ }).waitFor()
      await expectRight("secrets")
      await page.getByRole("row", { name: /STRIPE_KEY/ }).click()
      await page.getByText("Version 1", { exact: true }).waitFor()
      await expectRight("secret")
      await page.getByRole("button", { name: "Roll back to version 1" }).click()
      await page.getByRole("button", { name: "Replace value" }).click()
      await page.getByLabel("Value", { exact: true }).waitFor()
      await expectRight("replace")
      await page.getByRole("button", { name: "Cancel" }).click()
      await page.getByRole("button", { name: "Edit metadata and expiry" }).click()
      await page.getByLabel("Metadata").fill("{ nonsense")
      await page.getByRole("button", { name: "Save" }).click()
      await page.getByRole("alert").waitFor()
      await expectRight("edit-wrong")
      await page.getByRole("button", { name: "Close" }).click()
      await page.getByRole("button", { name: "Throw it away" }).click()
      await page.getByRole("button", { name: "New secret" }).click()
      await page.getByLabel("Name", { exact: true }).fill("STRIPE_KEY")
      await page.getByLabel("Value", { exact: true }).fill(" typed ")
      await page.getByRole("button", { name: "Store" }).click()
      await page.getByText("Look at the one that is there").waitFor()
      await expectRight("new-taken")
      await page.keyboard.press("Escape")
      await expectRight("new-asking")
      await page.getByRole("button", { name: "Throw it away" }).click()
      await page.getByRole("button", { name: "Import" }).click()
      await page.getByLabel("A dotenv or JSON file").setInputFiles({ name: "a.env", mimeType: "text/plain", buffer: Buffer.from("A=1\nSTRIPE_KEY=2\n???\n") })
      await page.getByText("1 new, 1 get a new version").waitFor()
      await expectRight("import")
      await page.getByRole("button", { name: "Close" }).click()
      await page.getByRole("button", { name: "Export" }).click()
      await page.getByText("Save the file").waitFor()
      await expectRight("export")
      await page.getByRole("button", { name: "Close" }).click()
      await page.getByRole("row", { name: /S3_SECRET/ }).click()
      await page.getByRole("button", { name: "Remove" }).click()
      await page.getByRole("button", { name: "Undo" }).waitFor()
      await expectRight("undo")
      await page.getByRole("button", { name: "Undo" }).click()
      await page.getByLabel("Find by the beginning of the name").fill("nothing")
      await page.getByText("No secret begins with").waitFor()
      await expectRight("none-found")
    }, 60_000)

    it("teaches what to do where a workspace is empty, and says when the server is away", async () => {
      const other = await openTestConsole(browser)
      page = await other.open({ viewport, colorScheme, bypassCSP: true })
      await other.signIn(page)
      await expect.poll(() => page.getByText("No secrets here yet").count()).toBe(1)
      await expectRight("empty")
      await page.context().setOffline(true)
      await page.getByText("The server does not answer").waitFor()
      await expectRight("offline")
      await other.close()
    })
  },
)
