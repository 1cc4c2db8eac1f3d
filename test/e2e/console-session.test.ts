import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { Browser, Page } from "playwright-core"
import { endAnySession } from "../../src/core/access/end-session.ts"
import { listSessions } from "../../src/core/access/list-sessions.ts"
import { getOrThrow } from "../../src/core/get.ts"
import { put } from "../../src/core/put.ts"
import { createRequest } from "../../src/core/requests/create-request.ts"
import { missingChromium, openChromium } from "../chromium.ts"
import { openTestConsole, type TestConsole } from "./open-console.ts"

const missing = missingChromium()

describe.skipIf(missing !== null)(`a session in the console${missing === null ? "" : ` (skipped: ${missing})`}`, () => {
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
    await put(sotto.server.store.ctx, { name: "STRIPE_KEY", value: "canary-value" })
  })
  afterEach(() => sotto.close())

  const names = (on = page) => on.getByRole("row").filter({ hasText: "STRIPE_KEY" }).waitFor()
  const signInPage = (on = page) => on.getByLabel("Sign-in code").waitFor()
  const kept = (on = page) =>
    on.evaluate(() => {
      const { localStorage, sessionStorage } = globalThis as unknown as { localStorage: object; sessionStorage: object }
      return { local: Object.keys(localStorage), session: Object.keys(sessionStorage) }
    })
  const endAll = async (): Promise<void> => {
    const { ctx } = sotto.server.store
    for (const { id } of await listSessions(ctx, {})) await endAnySession(ctx, { id })
  }

  it("begins with a link, whose code is out of the address and the history at once, and ends on the server too", async () => {
    await sotto.signIn(page)
    await names()
    expect(await page.content()).not.toContain("canary-value")
    expect(await kept()).toEqual({ local: [], session: ["sotto.session"] })
    await page.goBack().catch(() => null)
    expect(page.url()).not.toContain("code=")
    await page.goto(sotto.url)
    await page.getByRole("button", { name: "Sign out" }).click()
    await page.getByText("You are signed out.").waitFor()
    expect(await kept()).toEqual({ local: [], session: [] })
    expect(await listSessions(sotto.server.store.ctx, {})).toEqual([])
  })

  it("begins with a typed code, and says so where it is wrong", async () => {
    await page.goto(sotto.url)
    await page.getByLabel("Sign-in code").fill("AAAA-BBBB")
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.getByRole("alert").filter({ hasText: "wrong, was used, or is older" }).waitFor()
    await page.getByLabel("Sign-in code").fill((await sotto.code()).toLowerCase())
    await page.getByRole("button", { name: "Sign in" }).click()
    await names()
    await page.goto(`${sotto.url}/#code=AAAA-BBBB`)
    await names() // who is signed in stays so
    expect(page.url()).not.toContain("code=")
  })

  it("says so where a link was used before", async () => {
    const code = await sotto.code()
    await page.goto(`${sotto.url}/#code=${code}`)
    await names()
    const other = await sotto.open()
    await other.goto(`${sotto.url}/#code=${code}`)
    await other.getByRole("alert").filter({ hasText: "wrong, was used, or is older" }).waitFor()
    expect((await kept(other)).session).toEqual([])
  })

  it("outlives a reload, is shared with a second tab, and ends in all tabs at once", async () => {
    await sotto.signIn(page)
    await page.reload()
    await names()
    const second = await sotto.beside(page)
    await second.goto(sotto.url)
    await names(second)
    expect((await kept(second)).local).toEqual([])
    await second.getByRole("button", { name: "Sign out" }).click()
    await page.getByText("You signed out in another tab.").waitFor()
    await page.reload()
    await signInPage()
  })

  it("that ended in the middle says so, and whoever signs in again finds what they typed", async () => {
    await sotto.signIn(page)
    await page.getByRole("button", { name: "New secret" }).click()
    await page.getByLabel("Name", { exact: true }).fill("HALF_DONE")
    await page.getByLabel("Value", { exact: true }).fill("typed before")
    await endAll()
    await page.getByText("Your session has ended. Sign in again to go on where you were").waitFor()
    expect(await page.getByText("STRIPE_KEY").isVisible()).toBe(false)
    await page.getByLabel("Sign-in code").fill(await sotto.code())
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.getByRole("button", { name: "Store" }).click()
    await page.getByText("HALF_DONE is stored.").waitFor()
    expect((await getOrThrow(sotto.server.store.ctx, { name: "HALF_DONE" })).value).toBe("typed before")
  })

  it("that ended shows nothing of it to somebody else who signs in", async () => {
    await sotto.signIn(page)
    await page.getByRole("button", { name: "New secret" }).click()
    await page.getByLabel("Value", { exact: true }).fill("typed before")
    await endAll()
    await signInPage()
    await page.getByLabel("Sign-in code").fill(await sotto.code({ person: { id: "bob", name: "Bob" } }))
    await page.getByRole("button", { name: "Sign in" }).click()
    await names()
    expect(await page.getByLabel("Value", { exact: true }).count()).toBe(0)
  })

  it("survives a server that is away for a while", async () => {
    await sotto.signIn(page)
    await names()
    await page.context().setOffline(true)
    await page.getByText("The server does not answer").waitFor()
    await put(sotto.server.store.ctx, { name: "MEANWHILE", value: "x" })
    await page.context().setOffline(false)
    await page.getByText("The server does not answer").waitFor({ state: "detached" })
    await expect.poll(() => page.getByRole("row").filter({ hasText: "MEANWHILE" }).count()).toBe(1)
  })

  it("asks again for a part that could not be loaded, and loses nothing meanwhile", async () => {
    await page.route("**/assets/secret-dialogs-*", (route) => route.abort())
    await sotto.signIn(page)
    await names()
    await page.getByRole("button", { name: "New secret" }).click()
    await page.getByText("This part of the page could not be loaded.").waitFor()
    await names()
    await page.unroute("**/assets/secret-dialogs-*")
    await page.getByRole("button", { name: "Load the page anew" }).click()
    await names()
    await page.getByRole("button", { name: "New secret" }).click()
    await expect.poll(() => page.getByLabel("Name", { exact: true }).count()).toBe(1)
  })

  it("opens a request's form in the same tab", async () => {
    const { ctx } = sotto.server.store
    await sotto.signIn(page)
    const agent = { ...ctx, actor: { principal: { kind: "agent" as const, id: "a", name: "Claude" }, owner: "local", grants: [{ pattern: "*", permissions: ["list", "request"] as const }] } }
    const { requestId } = await createRequest(agent, { variables: [{ key: "ASKED" }] })
    await page.goto(`${sotto.url}/r/${requestId}`)
    await expect.poll(() => page.getByRole("heading", { name: "An agent asks you for secrets" }).count()).toBe(1)
  })

  it("keeps the chosen colours, and nothing else, beyond the tab", async () => {
    await sotto.signIn(page)
    const theme = () => page.locator("html").getAttribute("data-theme")
    expect(await theme()).toBeNull()
    await page.getByRole("button", { name: /Change to: light/ }).click()
    await page.getByRole("button", { name: /Change to: dark/ }).click()
    expect(await theme()).toBe("dark")
    await page.reload()
    await names()
    expect(await theme()).toBe("dark")
    expect((await kept()).local).toEqual(["sotto.theme"])
  })
})

describe.skipIf(missing !== null)("the console without a script", () => {
  it("leads to the plain page", async () => {
    const browser = await openChromium()
    const sotto = await openTestConsole(browser)
    const page = await sotto.open({ javaScriptEnabled: false })
    await put(sotto.server.store.ctx, { name: "STRIPE_KEY", value: "canary-value" })
    await page.goto(sotto.url)
    await page.getByLabel("Sign-in code").fill(await sotto.code())
    await page.getByRole("button", { name: "Sign in to the plain page" }).click()
    await page.getByText("STRIPE_KEY").waitFor()
    expect(await page.content()).not.toContain("canary-value")
    await sotto.close()
    await browser.close()
  })
})
