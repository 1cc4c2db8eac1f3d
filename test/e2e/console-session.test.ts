import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { Browser, Page } from "playwright-core"
import { put } from "../../src/core/put.ts"
import { missingChromium, openChromium } from "../chromium.ts"
import { openTestConsole, type TestConsole } from "./open-console.ts"

const missing = missingChromium()

describe.skipIf(missing !== null)(`signing in to the console${missing === null ? "" : ` (skipped: ${missing})`}`, () => {
  let browser: Browser
  let sotto: TestConsole
  let page: Page

  beforeAll(async () => {
    browser = await openChromium()
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    sotto = await openTestConsole(browser)
    page = await sotto.open()
  })
  afterEach(() => sotto.close())

  it("takes the code out of the address, lists the names, and signs out", async () => {
    await put(sotto.server.store.ctx, { name: "STRIPE_KEY", value: "canary-value" })
    await sotto.signIn(page)
    await page.getByText("STRIPE_KEY").waitFor()
    expect(await page.content()).not.toContain("canary-value")
    await page.getByRole("button", { name: "Sign out" }).click()
    await page.getByLabel("Sign-in code").waitFor()
    expect(await page.evaluate(() => (globalThis as unknown as { sessionStorage: { length: number } }).sessionStorage.length)).toBe(0)
    expect(sotto.complaints).toEqual([])
  })
})
