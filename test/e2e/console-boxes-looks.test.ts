import { mkdir, readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Browser, Page } from "playwright-core"
import { ROOT } from "../architecture/manifest.ts"
import { missingChromium, openChromium } from "../chromium.ts"
import { accept, close, goTo, newBox, openPerson, openSecret, put, share } from "./box-page.ts"
import { openBoxConsole, type BoxConsole } from "./open-box-console.ts"

const missing = missingChromium()
const SIZES = { laptop: { width: 1280, height: 800 }, phone: { width: 320, height: 640 } } as const
const PICTURES = join(ROOT, "test-results/console")
const LOOKS = Object.entries(SIZES).flatMap(([size, viewport]) => (["light", "dark"] as const).map((colorScheme) => ({ size, viewport, colorScheme })))

interface Axe {
  run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>
}

describe.skipIf(missing !== null).each(LOOKS)("the Boxes page on a $size in $colorScheme", ({ size, viewport, colorScheme }) => {
  let browser: Browser
  let sotto: BoxConsole
  let page: Page
  let axe: string

  beforeAll(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
    await mkdir(PICTURES, { recursive: true })
    browser = await openChromium()
    sotto = await openBoxConsole(browser)
    page = await sotto.open("Alice", { viewport, colorScheme, bypassCSP: true }) // axe is put into the page
  })
  afterAll(async () => {
    await sotto.close()
    await browser.close()
  })

  const look = async (name: string): Promise<void> => {
    await page.screenshot({ path: join(PICTURES, `boxes-${name}-${size}-${colorScheme}.png`) })
    await page.evaluate(axe)
    const violations = await page.evaluate(async () => (await (globalThis as unknown as { axe: Axe }).axe.run()).violations)
    expect(violations.map(({ id, nodes }) => `${name}, ${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary ?? ""}`).join("; ")}`)).toEqual([])
    const tooWide = await page.evaluate("[document.documentElement, ...document.querySelectorAll('[role=dialog] > div')].filter((each) => each.scrollWidth > each.clientWidth).length")
    expect({ name, tooWide }).toEqual({ name, tooWide: 0 })
  }

  it("unlocks, keeps, shares, takes, invites and closes without a fault that axe knows", async () => {
    await look("unlock")
    await page.getByRole("tab", { name: "Key file" }).click()
    await look("unlock-file")
    await page.getByRole("tab", { name: "Paste a key" }).click()
    await page.getByLabel("Secret key").fill("12".repeat(32))
    await page.getByRole("button", { name: "Unlock" }).click()
    await page.getByText("There is no box of this key").waitFor()
    await look("unlock-none")
    await page.getByRole("tab", { name: "New box" }).click()
    const aliceId = await newBox(page)
    await page.getByText("Nothing here yet").waitFor()
    await look("empty")
    const bob = await sotto.open("Bob")
    const bobId = await newBox(bob)
    await accept(bob, aliceId, "Alice")
    await close(bob)
    for (const [name, value] of [["stripe", "sk_live_51H"], ["database-url", "postgres://"], ["payments/webhook-signing-secret-of-the-eu-region-with-a-long-name", "x"]]) await put(bob, name ?? "", value ?? "")
    await page.getByRole("button", { name: "New secret" }).click()
    await page.getByLabel("Name", { exact: true }).fill("stripe")
    await page.getByLabel("Value", { exact: true }).fill("sk_live_51H")
    await look("new")
    await page.getByRole("button", { name: "Encrypt and keep" }).click()
    await page.getByRole("dialog").waitFor({ state: "detached" })
    await put(page, "payments/webhook-signing-secret-of-the-eu-region-with-a-long-name", "whsec\nof two lines")
    await look("secrets")
    await goTo(page, "People")
    await look("nobody")
    await page.getByRole("button", { name: "Accept a sender" }).click()
    await look("accept")
    await page.getByRole("button", { name: "Close", exact: true }).click()
    await accept(page, bobId, "Bob of the payments team", "In 30 days")
    await page.getByText("Show the number").click()
    await page.getByLabel("We compared it").click()
    await page.getByText("You said so on").waitFor()
    await page.getByText("Nothing yet.", { exact: true }).scrollIntoViewIfNeeded()
    await look("person")
    await page.getByText("You said so on").scrollIntoViewIfNeeded()
    await look("safety-number")
    await close(page)
    for (const name of ["stripe", "database-url"]) {
      await share(bob, name, aliceId, name === "stripe")
      await bob.getByText(`${name} is shared with`).waitFor()
      await close(bob)
    }
    await openSecret(page, "stripe")
    await page.getByRole("button", { name: "Hold to show" }).hover()
    await page.mouse.down()
    await page.getByText("Signed with your own key").waitFor()
    await look("value")
    await page.mouse.up()
    await page.getByRole("button", { name: "Delete" }).click()
    await look("delete")
    await page.getByRole("button", { name: "Keep it" }).click()
    await page.getByRole("button", { name: "Share" }).click()
    await look("share")
    await page.getByLabel("With whom").fill("Bob of the payments team")
    await page.getByRole("dialog").getByRole("button", { name: "Share" }).click()
    await page.getByText("stripe is shared with Bob").waitFor()
    await close(page)
    await openPerson(page, "Bob")
    await look("person-sharing")
    await page.getByRole("button", { name: "Stop taking secrets" }).click()
    await page.getByRole("button", { name: "Stop, and delete these" }).scrollIntoViewIfNeeded()
    await look("stop")
    await page.getByRole("button", { name: "Go on" }).click()
    await page.getByRole("button", { name: "stripe once" }).click()
    await look("read-once")
    await page.getByRole("button", { name: "Read it now" }).click()
    await page.getByRole("button", { name: "Copy", exact: true }).waitFor()
    await page.getByRole("button", { name: "Back" }).click()
    await look("leave-once")
    await page.getByRole("button", { name: "Let it go" }).click()
    await close(page)
    await goTo(page, "People")
    await look("people")
    await goTo(page, "Codes")
    await look("codes")
    await page.getByRole("button", { name: "Make a code" }).click()
    await page.getByRole("button", { name: "I have passed it on" }).waitFor()
    await look("code")
    await goTo(page, "Key")
    await look("key")
    await page.getByRole("tabpanel").getByRole("button", { name: "Save the key" }).click()
    await look("save-key")
    await page.getByRole("button", { name: "Close", exact: true }).click()
    await page.getByRole("button", { name: "Close the box" }).click()
    await page.getByRole("button", { name: "Delete everything" }).click()
    await page.getByText("These are other words").waitFor()
    await look("close")
    expect(sotto.complaints).toEqual([])
  }, 120_000)

  it("is told apart from a server that keeps no boxes", async () => {
    const other = await openBoxConsole(browser, { boxes: "off" })
    page = await other.open("Alice", { viewport, colorScheme, bypassCSP: true })
    await page.getByText("This server keeps no boxes").waitFor()
    await look("off")
    expect(other.complaints).toEqual([])
    await other.close()
  })
})
