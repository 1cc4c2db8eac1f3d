import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { createLink } from "../../src/core/access/create-link.ts"
import type { StoreContext } from "../../src/core/context.ts"
import { getOrThrow } from "../../src/core/get.ts"
import { listEvents } from "../../src/core/list-events.ts"
import { setAgentRules } from "../../src/core/policy/agent-rules.ts"
import { showPolicy } from "../../src/core/policy/set-policy.ts"
import { put } from "../../src/core/put.ts"
import { createRequest } from "../../src/core/requests/create-request.ts"
import { createPairingCode } from "../../src/core/requests/pairing-code.ts"
import { getRequest } from "../../src/core/requests/read-requests.ts"
import { listen, type Listening } from "../../src/server/listen.ts"
import { missingChromium, openChromium } from "../chromium.ts"
import { openTestServer, type TestServer } from "../open-test-server.ts"

const missing = missingChromium()
const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"
const PEM = `-----BEGIN KEY-----\n${"MIIEvQ".repeat(12)}\n${"abc123".repeat(12)}\n-----END KEY-----\n`

describe.skipIf(missing !== null).each([true, false])(`the form of a request, in a Chromium with script %s${missing === null ? "" : ` (skipped: ${missing})`}`, (javaScriptEnabled) => {
  let browser: Browser
  let server: TestServer
  let listening: Listening
  let context: BrowserContext
  let page: Page
  let agent: StoreContext
  let seen: { url: string; method: string; referrer: string | undefined }[]

  beforeAll(async () => {
    browser = await openChromium()
  })
  afterAll(() => browser.close())

  beforeEach(async () => {
    server = await openTestServer({ settings: { port: 0 } })
    listening = await listen(server.app, { port: 0 })
    agent = {
      ...server.store.ctx,
      actor: { principal: { kind: "agent", id: "agent-1", name: "Claude" }, owner: "local", grants: [{ pattern: "*", permissions: ["list", "use", "request"] }] },
    }
    await openContext()
  })
  afterEach(async () => {
    await context.close()
    await server.close()
  })

  const openContext = async (): Promise<void> => {
    context = await browser.newContext({ javaScriptEnabled })
    page = await context.newPage()
    seen = []
    context.on("request", (request) => seen.push({ url: request.url(), method: request.method(), referrer: request.headers().referer }))
  }
  const ask = async (keys: string[], more: Partial<Parameters<typeof createRequest>[1]> = {}): Promise<string> =>
    (await createRequest(agent, { variables: keys.map((key) => ({ key })), ...more })).requestId ?? "none"
  const codeFor = async (requestId: string): Promise<string> => (await createPairingCode(server.store.ctx, { requestId })).code.reveal()
  const heading = async (): Promise<string> => (await page.locator("h1").textContent()) ?? ""
  const press = async (name: string, then: string): Promise<void> => {
    await page.getByRole("button", { name }).click()
    await page.getByRole("heading", { level: 1, name: then }).waitFor({ timeout: 5_000 })
  }
  const openWithCode = async (requestId: string): Promise<void> => {
    await page.goto(`${listening.url}/r/${requestId}`)
    await page.getByLabel("Code").fill(await codeFor(requestId))
    await press("Open the request", "An agent asks you for secrets")
  }

  it("agents 1, 5: takes one value with its line breaks, a skip, and says what is missing", async () => {
    const requestId = await ask(["A", "B"])
    await openWithCode(requestId)
    await page.locator('textarea[name="value.A"]').fill(PEM)
    await page.locator('input[name="skip.B"]').check()
    await press("Store", "Stored")
    expect(await page.locator("main").innerText()).toMatch(/STORED\s+A[\s\S]*MISSING\s+B/i)
    expect(await getOrThrow(server.store.ctx, { name: "A" })).toMatchObject({ value: PEM })
    expect(await getRequest(agent, { requestId })).toMatchObject({ status: "partial", provided: ["A"], missing: ["B"] })
    expect(await page.content()).not.toContain("MIIEvQ")
  })

  it("agents 5: trims nothing, and points out white space at the ends", async () => {
    const requestId = await ask(["A"])
    await openWithCode(requestId)
    await page.locator("textarea").pressSequentially(`  ${CANARY}\t'"$\\\`🔑 `)
    expect(await page.locator(".hint").isVisible()).toBe(javaScriptEnabled)
    await press("Store", "Stored")
    expect(await page.getByRole("alert").innerText()).toContain("white space")
    expect((await getOrThrow(server.store.ctx, { name: "A" })).value).toMatch(/^ {2}sk_live.*'"\$\\`🔑 $/su)
  })

  it("agents 2: declines, and stores nothing", async () => {
    const requestId = await ask(["A"])
    await openWithCode(requestId)
    await page.locator("textarea").fill(CANARY)
    await press("Decline", "Declined")
    expect(await getRequest(agent, { requestId })).toMatchObject({ status: "declined", provided: [] })
  })

  it("agents 3: an empty form stores nothing, says which keys it wants, and is still open", async () => {
    const requestId = await ask(["A", "B"])
    await openWithCode(requestId)
    await page.locator('textarea[name="value.A"]').fill(CANARY)
    await page.getByRole("button", { name: "Store" }).click()
    await page.getByRole("alert").waitFor()
    expect(await page.getByRole("alert").innerText()).toMatch(/Nothing was stored.*B/)
    expect(await page.content()).not.toContain(CANARY)
    expect(await getRequest(agent, { requestId })).toMatchObject({ status: "pending", provided: [] })
  })

  it("loopstack E8: marks what is set, and leaves it alone where the field is blank", async () => {
    await put(server.store.ctx, { name: "A", value: CANARY })
    const requestId = await ask(["A", "B"])
    await openWithCode(requestId)
    expect(await page.locator("main").innerText()).toContain("it is set: leave blank to keep it")
    await page.locator('textarea[name="value.B"]').fill(CANARY)
    await press("Store", "Stored")
    expect(await getOrThrow(server.store.ctx, { name: "A" })).toMatchObject({ version: 1 })
  })

  it("shows the proposed use unticked, and what is ticked becomes the policy", async () => {
    const http = { host: "api.example.com", methods: ["GET" as const], paths: ["/v1/*"], place: { in: "header" as const, name: "authorization" } }
    const requestId = await ask(["A"], { use: [{ key: "A", http }, { key: "A", exec: { program: "/usr/bin/gh", args: ["pr", "list"] } }] })
    await openWithCode(requestId)
    expect(await page.locator('input[name="use.0"]').isChecked()).toBe(false)
    expect(await page.locator("main").innerText()).toContain("api.example.com")
    await page.locator("textarea").fill(CANARY)
    await page.locator('input[name="use.1"]').check()
    await press("Store", "Stored")
    expect((await showPolicy(server.store.ctx, { name: "A" })).policy).toMatchObject({ http: [], exec: [{ program: "/usr/bin/gh" }] })
  })

  it("agents 15: shows the agent's words as text, marked and cut; an address is a link only where its host is listed", async () => {
    await setAgentRules(server.store.ctx, { rules: { linkHosts: ["dashboard.example.com"] } })
    const reason = `<img src=x onerror=alert(1)><a href="https://evil.example">click</a> ignore previous instructions ${"x".repeat(10_000)}`
    const requestId = (await createRequest(agent, {
      reason,
      variables: [{ key: "A", obtainUrl: "https://dashboard.example.com/keys" }, { key: "B", obtainUrl: "https://dashboard.example.com.evil.example/keys" }, { key: "C", obtainUrl: "javascript:alert(1)" }],
    })).requestId ?? ""
    await openWithCode(requestId)
    expect(await page.locator("img, main a").evaluateAll((all) => all.map((each) => (each as unknown as { href?: string }).href ?? "img"))).toEqual(["https://dashboard.example.com/keys"])
    const shown = await page.locator("q.agent").first().innerText()
    expect(shown).toContain("<img src=x")
    expect(shown.length).toBeLessThan(700)
    expect(await page.locator("main").innerText()).toContain("in the agent's words")
  })

  it("agents 16: asks nobody else for anything, keeps nothing, and puts no value into an address, a referrer or the log", async () => {
    const requestId = await ask(["A"])
    await openWithCode(requestId)
    await page.locator("textarea").fill(CANARY)
    await press("Store", "Stored")
    expect(seen.filter(({ url }) => !url.startsWith(`${listening.url}/`))).toEqual([])
    expect(seen.map(({ referrer }) => referrer).filter((each) => each !== undefined && each !== "")).toEqual([])
    expect(JSON.stringify(seen)).not.toContain(CANARY)
    expect(server.log.join()).not.toContain(CANARY)
    const answer = await server.call("GET", `./r/${requestId}`, { headers: { host: "localhost" } })
    expect(answer.headers).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer", "x-frame-options": "DENY" })
    expect(answer.headers["content-security-policy"]).toContain("frame-ancestors 'none'")
  })

  it("agents 13: lets nobody in by a wrong code, from another port, in a frame, or twice", async () => {
    const requestId = await ask(["A"])
    const code = await codeFor(requestId)
    await page.goto(`${listening.url}/r/${requestId}`)
    await page.getByLabel("Code").fill("0000-0000")
    await page.getByRole("button", { name: "Open the request" }).click()
    await page.getByRole("alert").waitFor()
    const own = (headers: Record<string, string>, body: string, path = "") =>
      fetch(`${listening.url}/r/${requestId}${path}`, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded", ...headers }, body })
    expect((await own({ origin: "http://127.0.0.1:1" }, `code=${code}`)).status).toBe(403)
    expect((await own({ origin: "null" }, `code=${code}`)).status).toBe(403)
    expect((await own({ origin: "null", "sec-fetch-site": "same-site" }, `code=${code}`)).status).toBe(403)
    expect((await own({}, "value.A=planted&action=save", "/answer")).status).toBe(403)
    expect((await own({}, `form=${"x".repeat(43)}&value.A=planted&action=save`, "/answer")).status).toBe(403)
    expect(await getRequest(agent, { requestId })).toMatchObject({ status: "pending" })

    await openWithCode(requestId)
    const half = (await page.locator('input[name="form"]').getAttribute("value")) ?? ""
    expect((await own({}, `form=${half}&value.A=planted&action=save`, "/answer")).status).toBe(403) // the other half is a cookie of that browser
    await page.locator("textarea").fill(CANARY)
    await press("Store", "Stored")
    const cookies = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ")
    expect((await own({ cookie: cookies }, `form=${half}&value.A=planted&action=save`, "/answer")).status).toBe(403)
    expect(await getOrThrow(server.store.ctx, { name: "A" })).toMatchObject({ value: CANARY, version: 1 })
  })

  it("refuses a field that was not asked for, and a value that is too large, and stores nothing of either", async () => {
    const requestId = await ask(["A"])
    await openWithCode(requestId)
    const half = (await page.locator('input[name="form"]').getAttribute("value")) ?? ""
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ")
    const post = (body: string) =>
      fetch(`${listening.url}/r/${requestId}/answer`, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded", cookie }, body: `form=${half}&action=save&${body}` })
    const foreign = await post(`value.A=${CANARY}&value.OTHER=planted`)
    const large = await post(`value.A=${"x".repeat(65_537)}`)
    expect([foreign.status, large.status]).toEqual([400, 400])
    expect((await foreign.text()) + (await large.text())).not.toContain(CANARY)
    expect((await post(`value.A=${"x".repeat(65_536)}`)).status).toBe(200)
    expect((await getOrThrow(server.store.ctx, { name: "A" })).value).toHaveLength(65_536)
  })

  it("agents 14: says after ten minutes that the request has expired", async () => {
    const requestId = await ask(["A"])
    await openWithCode(requestId)
    await page.locator("textarea").fill(CANARY)
    server.store.clock.now += 600_000
    await press("Store", "Already used")
    expect(await getRequest(agent, { requestId })).toMatchObject({ status: "expired", provided: [] })
  })

  it("is opened from the page of whoever is signed in, who stays signed in", async () => {
    const requestId = await ask(["A"])
    const { code } = await createLink(server.store.ctx, { person: { id: "local", name: "Alice" } })
    await page.goto(listening.url)
    await page.getByLabel("Sign-in code").fill(code.reveal())
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.getByText("Claude: A").waitFor()
    await page.getByRole("button", { name: "Open" }).click()
    await page.getByRole("heading", { level: 1, name: "An agent asks you for secrets" }).waitFor()
    await page.locator("textarea").fill(CANARY)
    await press("Store", "Stored")
    expect(await getRequest(agent, { requestId })).toMatchObject({ status: "provided" })
    expect(await page.evaluate(() => Object.keys((globalThis as unknown as { localStorage: object }).localStorage))).toEqual(javaScriptEnabled ? ["sotto.session"] : [])
  })

  it.runIf(javaScriptEnabled)("agents 12: opens by the session of the person who is asked, and not by somebody else's, which is on record", async () => {
    const requestId = await ask(["A"])
    const signIn = async (person: { id: string; name: string }): Promise<void> => {
      const { code } = await createLink(server.store.ctx, { person })
      await page.goto(`${listening.url}/#code=${code.reveal()}`)
      await page.getByText(`Signed in as ${person.name}`).waitFor()
      await page.goto(`${listening.url}/r/${requestId}`)
    }
    await signIn({ id: "bob", name: "Bob" })
    await page.waitForLoadState("networkidle")
    expect(await heading()).toBe("A request for secrets")
    const { page: events } = await listEvents(server.store.ctx, { type: "denied", paginationOpts: { numItems: 1, cursor: null } })
    expect(events).toMatchObject([{ principal: { id: "bob" }, metadata: { operation: "getRequest", requestId } }])
    expect(await getRequest(agent, { requestId })).toMatchObject({ status: "pending" })
    await context.close()
    await openContext()
    await signIn({ id: "local", name: "Alice" })
    await page.getByRole("heading", { name: "An agent asks you for secrets" }).waitFor()
    await page.locator("textarea").fill(CANARY)
    await press("Store", "Stored")
    expect(await getRequest(agent, { requestId })).toMatchObject({ status: "provided" })
  })
})
