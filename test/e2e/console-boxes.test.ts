import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Browser, Page } from "playwright-core"
import { missingChromium, openChromium } from "../chromium.ts"
import { openBoxConsole, type BoxConsole } from "./open-box-console.ts"

const missing = missingChromium()

describe.skipIf(missing !== null)(`the boxes of the console${missing === null ? "" : ` (skipped: ${missing})`}`, () => {
  let browser: Browser
  let sotto: BoxConsole
  let alice: Page

  beforeAll(async () => {
    browser = await openChromium()
    sotto = await openBoxConsole(browser)
    alice = await sotto.open("Alice")
  })
  afterAll(async () => {
    await sotto.close()
    await browser.close()
  })

  it("opens a box with a key made here, keeps a value and shows it while the button is held", async () => {
    await alice.getByRole("button", { name: "Make a key and open a box" }).click()
    await alice.getByRole("button", { name: "New secret" }).click()
    await alice.getByLabel("Name", { exact: true }).fill("stripe")
    await alice.getByLabel("Value", { exact: true }).fill("sk_live_51H")
    await alice.getByRole("button", { name: "Encrypt and keep" }).click()
    await alice.getByRole("list", { name: "My secrets" }).getByRole("button", { name: "stripe" }).click()
    expect(await alice.content()).not.toContain("sk_live_51H")
    const hold = alice.getByRole("button", { name: "Hold to show" })
    await hold.hover()
    await alice.mouse.down()
    await alice.getByText("sk_live_51H").waitFor()
    await alice.mouse.up()
    await alice.getByText("Signed with your own key").waitFor()
    expect(await alice.content()).not.toContain("sk_live_51H")
    expect(sotto.complaints).toEqual([])
  })
})
