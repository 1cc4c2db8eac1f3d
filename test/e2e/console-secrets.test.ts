import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { Browser, Page } from "playwright-core"
import { getOrThrow } from "../../src/core/get.ts"
import { listEvents } from "../../src/core/list-events.ts"
import { put } from "../../src/core/put.ts"
import { putMany } from "../../src/core/put-many.ts"
import { update } from "../../src/core/update.ts"
import { versions } from "../../src/core/versions.ts"
import { grant } from "../open-test-context.ts"
import { missingChromium, openChromium } from "../chromium.ts"
import { openTestConsole, type TestConsole } from "./open-console.ts"

const missing = missingChromium()
const CANARY = "sk_live_CANARY_51f0c2a97be6"

describe.skipIf(missing !== null)(`the Secrets page${missing === null ? "" : ` (skipped: ${missing})`}`, () => {
  let browser: Browser
  let sotto: TestConsole
  let page: Page
  let asked: string[]

  beforeAll(async () => {
    browser = await openChromium()
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    sotto = await openTestConsole(browser)
    page = await sotto.open()
    asked = []
    page.on("request", (request) => asked.push(`${request.method()} ${request.url()}`))
  })
  afterEach(() => sotto.close())

  const ctx = () => sotto.server.store.ctx
  const row = (name: string, on = page) => on.getByRole("row").filter({ has: on.getByRole("rowheader", { name, exact: true }) })
  const button = (name: string | RegExp, on = page) => on.getByRole("button", { name })
  const valueArea = (on = page) => on.getByLabel("Value", { exact: true })
  const open = async (name: string, on = page): Promise<void> => {
    await row(name, on).click()
    await button("Close", on).waitFor()
  }
  const told = (text: string | RegExp, on = page) => on.getByRole("status").filter({ hasText: text }).first().waitFor()
  const valueOf = async (name: string): Promise<string | undefined> => (await getOrThrow(ctx(), { name }).catch(() => null))?.value

  describe("stores", () => {
    it("what is typed, byte for byte, with an expiry and metadata", async () => {
      const value = `  line one\n\ttab "quotes' $HOME \\n\`\n🔑 end \n`
      await sotto.signIn(page)
      await button("Store the first one").click()
      await page.getByLabel("Name", { exact: true }).fill("A_KEY")
      await valueArea().fill(value)
      await page.getByText("White space at the beginning or the end will be stored too.").waitFor()
      await page.getByLabel("Expires").selectOption("in 7 days")
      await page.locator("summary").click()
      await page.getByRole("textbox", { name: "Metadata" }).fill('{ "owner": "payments" }')
      await button("Store").click()
      await told("A_KEY is stored")
      await row("A_KEY").waitFor()
      const stored = await getOrThrow(ctx(), { name: "A_KEY" })
      expect(stored).toMatchObject({ value, metadata: { owner: "payments" }, version: 1 })
      expect(stored.expiresAt).toBe(sotto.server.store.clock.now + 7 * 86_400_000)
    })

    it("what is pasted with Windows line ends, which a text area would change", async () => {
      await sotto.signIn(page)
      await page.evaluate(() => (globalThis as unknown as { navigator: { clipboard: { writeText(text: string): Promise<void> } } }).navigator.clipboard.writeText("one\r\ntwo\r\n"))
      await button("New secret").click()
      await page.getByLabel("Name", { exact: true }).fill("CRLF")
      await valueArea().focus()
      await page.keyboard.press("Control+V")
      await page.getByText("what you pasted, with its own line ends").waitFor()
      await button("Store").click()
      await told("CRLF is stored")
      expect(await valueOf("CRLF")).toBe("one\r\ntwo\r\n")
    })

    it("a file as it is, and refuses one that is no text or too large", async () => {
      await sotto.signIn(page)
      await button("New secret").click()
      await page.getByLabel("Name", { exact: true }).fill("FILE")
      const choose = (name: string, buffer: Buffer) => page.getByLabel("Or from a file").setInputFiles({ name, mimeType: "application/octet-stream", buffer })
      await choose("photo.jpg", Buffer.from([0xff, 0xd8, 0xff, 0xe0]))
      await page.getByText("photo.jpg is not UTF-8 text").waitFor()
      await choose("large.txt", Buffer.alloc(65_537, "x"))
      await page.getByText("large.txt has 65,537 bytes").waitFor()
      const exact = "\ufeff-----BEGIN-----\r\n\0\u2028abc\r\n"
      await choose("key.pem", Buffer.from(exact))
      await page.getByText("It is the file key.pem.").waitFor()
      await button("Store").click()
      await told("FILE is stored")
      expect(await valueOf("FILE")).toBe(exact)
    })

    it("once, however often somebody clicks", async () => {
      await sotto.signIn(page)
      await button("New secret").click()
      await page.getByLabel("Name", { exact: true }).fill("ONCE")
      await valueArea().fill("x")
      await button("Store").dblclick()
      await told("ONCE is stored")
      expect(await versions(ctx(), { name: "ONCE" })).toHaveLength(1)
      expect(asked.filter((each) => each.startsWith("POST") && each.endsWith("/secrets"))).toHaveLength(1)
    })

    it("nothing above what is there: a taken name is said, and what was typed stays", async () => {
      await put(ctx(), { name: "TAKEN", value: "first" })
      await sotto.signIn(page)
      await button("New secret").click()
      await page.getByLabel("Name", { exact: true }).fill("TAKEN")
      await valueArea().fill("second")
      await button("Store").click()
      await page.getByRole("alert").filter({ hasText: "already exists" }).waitFor()
      expect(await valueArea().inputValue()).toBe("second")
      expect(await valueOf("TAKEN")).toBe("first")
      await page.keyboard.press("Escape")
      await page.getByText("What you typed is not stored.").waitFor()
      await button("Go on typing").click()
      expect(await valueArea().inputValue()).toBe("second")
    })
  })

  describe("replaces and edits", () => {
    it("a value, which keeps metadata and expiry", async () => {
      const expiresAt = sotto.server.store.clock.now + 3 * 86_400_000
      await put(ctx(), { name: "A", value: "one", metadata: { team: "x" }, ttlMs: 3 * 86_400_000 })
      await sotto.signIn(page)
      await open("A")
      await button("Replace value").click()
      await valueArea().fill("two")
      await button("Replace the value").click()
      await told("A has a new value: version 2")
      const stored = await getOrThrow(ctx(), { name: "A" })
      expect(stored).toMatchObject({ value: "two", metadata: { team: "x" }, version: 2 })
      expect(Math.abs((stored.expiresAt ?? 0) - expiresAt)).toBeLessThan(60_000)
    })

    it("metadata and expiry, without a new version", async () => {
      await put(ctx(), { name: "A", value: "one", metadata: { team: "x" } })
      await sotto.signIn(page)
      await open("A")
      await button("Edit metadata and expiry").click()
      await page.getByLabel("Metadata").fill('{"team":"y"}')
      await page.getByLabel("Expires").selectOption("in a day")
      await button("Save").click()
      await told("A is changed")
      const stored = await getOrThrow(ctx(), { name: "A" })
      expect(stored).toMatchObject({ value: "one", metadata: { team: "y" }, version: 1, expiresAt: sotto.server.store.clock.now + 86_400_000 })
    })

    it("not silently what another window changed meanwhile", async () => {
      await put(ctx(), { name: "A", value: "one" })
      await sotto.signIn(page)
      await open("A")
      await button("Replace value").click()
      await valueArea().fill("mine")
      await page.route("**/events/stream", (route) => route.abort()) // this window hears nothing more
      sotto.server.store.clock.now += 1_000
      await put(ctx(), { name: "A", value: "theirs" })
      await button("Replace the value").click()
      await page.getByRole("alert").filter({ hasText: /version|changed/ }).first().waitFor()
      expect(await valueOf("A")).toBe("theirs")
      expect(await valueArea().inputValue()).toBe("mine")
    })

    it("what another window changed, once the person has seen it", async () => {
      await put(ctx(), { name: "A", value: "one" })
      await sotto.signIn(page)
      const other = await sotto.open()
      await sotto.signIn(other, { person: { id: "bob", name: "Bob" } })
      await open("A")
      await button("Replace value").click()
      await valueArea().fill("mine")
      await open("A", other)
      await button("Replace value", other).click()
      await valueArea(other).fill("theirs")
      sotto.server.store.clock.now += 1_000
      await button("Replace the value", other).click()
      await told("A has a new value: version 2", other)
      await page.getByText("It changed while you were typing: version 2 by Bob.").waitFor()
      await button("Go on with mine").click()
      await button("Replace the value").click()
      await told("A has a new value: version 3")
      expect(await valueOf("A")).toBe("mine")
      await other.getByText(/Version 3, just now/).waitFor()
    })

    it("not metadata that somebody else changed meanwhile", async () => {
      await put(ctx(), { name: "A", value: "one" })
      await sotto.signIn(page)
      await open("A")
      await button("Edit metadata and expiry").click()
      await page.getByLabel("Metadata").fill('{"by":"me"}')
      await page.route("**/events/stream", (route) => route.abort())
      sotto.server.store.clock.now += 1_000
      await update(ctx(), { name: "A", metadata: { by: "them" } })
      await button("Save").click()
      await page.getByRole("alert").filter({ hasText: "A changed since you opened it" }).waitFor()
      expect(await getOrThrow(ctx(), { name: "A" })).toMatchObject({ metadata: { by: "them" } })
    })
  })

  describe("says what is known where the line breaks in the middle of a save", () => {
    const typeAndSave = async (): Promise<void> => {
      await put(ctx(), { name: "A", value: "one" })
      await sotto.signIn(page)
      await open("A")
      await button("Replace value").click()
      await valueArea().fill("two")
    }
    it("and the write had arrived", async () => {
      await typeAndSave()
      await page.route("**/secrets/*", async (route) => {
        if (route.request().method() !== "PUT") return route.continue()
        await route.fetch()
        await route.abort()
      })
      await button("Replace the value").click()
      await page.getByText("Whether it was stored is not known yet").waitFor()
      await button("See what was stored").click()
      await told("A has a new value: version 2")
      expect(await valueOf("A")).toBe("two")
    })
    it("and it had not", async () => {
      await typeAndSave()
      await page.route("**/secrets/*", (route) => (route.request().method() === "PUT" ? route.abort() : route.continue()))
      await button("Replace the value").click()
      await button("See what was stored").click()
      await page.getByText("nothing was stored").waitFor()
      expect(await valueArea().inputValue()).toBe("two")
      expect(await valueOf("A")).toBe("one")
      await page.unroute("**/secrets/*")
      await button("Replace the value").click()
      await told("A has a new value: version 2")
    })
  })

  it("rolls back to an older version, which becomes a new one", async () => {
    await put(ctx(), { name: "A", value: "one" })
    await put(ctx(), { name: "A", value: "two" })
    await sotto.signIn(page)
    await open("A")
    await button("Roll back to version 1").click()
    await button("Roll back to 1").click()
    await told("A is rolled back to version 1, as version 3")
    expect(await valueOf("A")).toBe("one")
    await page.getByText("Version 3", { exact: true }).waitFor()
  })

  describe("removes", () => {
    beforeEach(async () => {
      await put(ctx(), { name: "A", value: "one" })
      await put(ctx(), { name: "B", value: "two" })
      await page.clock.install()
      await sotto.signIn(page)
      await open("A")
      await button("Remove").click()
      await row("A").waitFor({ state: "detached" })
    })

    it("after ten seconds in which it can be undone", async () => {
      await page.clock.fastForward(8_000)
      expect(await valueOf("A")).toBe("one")
      await page.clock.fastForward(3_000)
      await told("A was removed")
      expect(await valueOf("A")).toBeUndefined()
      expect(await valueOf("B")).toBe("two")
    })

    it("nothing where it was undone", async () => {
      await button("Undo").click()
      await row("A").waitFor()
      await page.clock.fastForward(20_000)
      expect(await valueOf("A")).toBe("one")
      expect(asked.filter((each) => each.startsWith("DELETE"))).toEqual([])
    })

    it("at once where the page is left", async () => {
      await page.goto("about:blank")
      await expect.poll(() => valueOf("A")).toBeUndefined()
    })

    it("at once where somebody signs out", async () => {
      await button("Sign out").click()
      await page.getByLabel("Sign-in code").waitFor()
      expect(await valueOf("A")).toBeUndefined()
    })

    it("not what changed meanwhile, and says so", async () => {
      await put(ctx(), { name: "A", value: "newer" })
      await page.clock.fastForward(11_000)
      await told(/A was not removed/)
      await row("A").waitFor()
      expect(await valueOf("A")).toBe("newer")
    })
  })

  describe("shows a value", () => {
    /** Everything that the page consists of, and what assistive technology is told. */
    const everything = async (): Promise<string> => (await page.content()) + (await page.locator("body").ariaSnapshot()) + page.url()
    const storages = () =>
      page.evaluate(() => {
        const { localStorage, sessionStorage, document } = globalThis as unknown as Record<string, object> & { document: { cookie: string } }
        return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])
      })
    /** Every string that the page's memory holds, after a collection. */
    const memory = async (): Promise<string> => {
      const cdp = await page.context().newCDPSession(page)
      const parts: string[] = []
      cdp.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => parts.push(chunk))
      await cdp.send("HeapProfiler.enable")
      await cdp.send("HeapProfiler.collectGarbage")
      await cdp.send("HeapProfiler.takeHeapSnapshot")
      await cdp.detach()
      return parts.join("")
    }

    beforeEach(async () => {
      await put(ctx(), { name: "A", value: `${CANARY}\n second line ` })
      await sotto.signIn(page)
      await open("A")
    })

    it("while the button is held, and forgets it", async () => {
      expect(await everything()).not.toContain(CANARY)
      const box = await button("Hold to show").boundingBox()
      await page.mouse.move((box?.x ?? 0) + 5, (box?.y ?? 0) + 5)
      await page.mouse.down()
      await page.getByText(CANARY).waitFor()
      expect(await page.locator("pre").first().textContent()).toBe(`${CANARY}\n second line `)
      expect(await memory()).toContain(CANARY) // it would be seen
      await page.mouse.up()
      await page.getByText(CANARY).waitFor({ state: "detached" })
      expect((await everything()) + (await storages())).not.toContain(CANARY)
      await button("Close").click()
      await button("Close").waitFor({ state: "detached" })
      expect(await memory()).not.toContain(CANARY)
      const { page: events } = await listEvents(ctx(), { type: "read", paginationOpts: { numItems: 5, cursor: null } })
      expect(events).toMatchObject([{ name: "A", principal: { name: "Alice" } }])
    })

    it("while a key is held", async () => {
      await button("Hold to show").focus()
      await page.keyboard.down(" ")
      await page.getByText(CANARY).waitFor()
      await page.keyboard.up(" ")
      await page.getByText(CANARY).waitFor({ state: "detached" })
      expect(await everything()).not.toContain(CANARY)
    })

    it("for ten seconds to whoever cannot hold a button", async () => {
      await page.clock.install()
      await button("Hold to show").evaluate((element) => (element as unknown as { click(): void }).click())
      await page.getByText(CANARY).waitFor()
      await page.clock.fastForward(10_000)
      await page.getByText(CANARY).waitFor({ state: "detached" })
      expect(await everything()).not.toContain(CANARY)
    })

    it("to the clipboard alone, and clears that after thirty seconds", async () => {
      const clipboard = () => page.evaluate(() => (globalThis as unknown as { navigator: { clipboard: { readText(): Promise<string> } } }).navigator.clipboard.readText())
      await page.clock.install()
      await button("Copy").click()
      await told("A is copied")
      expect(await clipboard()).toBe(`${CANARY}\n second line `)
      expect(await everything()).not.toContain(CANARY)
      await page.clock.fastForward(30_000)
      await expect.poll(clipboard).toBe("")
      expect(sotto.asked.join("\n")).not.toContain(CANARY)
    })
  })

  it("imports a file after showing its names, and exports what it holds", async () => {
    await put(ctx(), { name: "B", value: "old" })
    await sotto.signIn(page)
    await button("Import").click()
    const file = (name: string, text: string) => page.getByLabel("A dotenv or JSON file").setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(text) })
    await file("bad.json", `{"A": 1, "${CANARY}"`)
    await page.getByText("The file is not JSON").waitFor()
    await file("app.env", `A='${CANARY}'\nexport B="two\\nlines"\nnonsense\n`)
    await page.getByText("2 found: 1 new, 1 get a new version.").waitFor()
    await page.getByText("Not understood, and left out: line 3.").waitFor()
    expect((await page.content()) + (await page.locator("body").ariaSnapshot())).not.toContain(CANARY)
    await button("Store all 2").click()
    await told("Stored 2 secrets in default")
    expect([await valueOf("A"), await valueOf("B")]).toEqual([CANARY, "two\nlines"])

    await button("Export").click()
    await page.getByLabel("JSON").check()
    const [download] = await Promise.all([page.waitForEvent("download"), button("Save the file").click()])
    expect(download.suggestedFilename()).toBe("default.json")
    const saved = await new Response(await download.createReadStream()).text()
    expect(JSON.parse(saved)).toEqual({ A: CANARY, B: "two\nlines" })
    const { page: events } = await listEvents(ctx(), { type: "exported", paginationOpts: { numItems: 5, cursor: null } })
    expect(events).toHaveLength(2)
  })

  it("follows what other windows do", async () => {
    await sotto.signIn(page)
    const other = await sotto.open()
    await sotto.signIn(other, { person: { id: "bob", name: "Bob" } })
    await page.getByText("No secrets here yet").waitFor()
    await button("New secret", other).click()
    await other.getByLabel("Name", { exact: true }).fill("FROM_BOB")
    await valueArea(other).fill("x")
    await button("Store", other).click()
    await row("FROM_BOB").waitFor()
    await open("FROM_BOB")
    await page.getByText("1, by Bob (person)").waitFor()
    await button("Remove", other).waitFor({ state: "detached" })
    expect(await row("FROM_BOB", other).count()).toBe(1)
  })

  it("finds by prefix as somebody types, among thousands, with few rows and few questions", async () => {
    for (let at = 0; at < 3_000; at += 1_000) {
      const secrets = Array.from({ length: 1_000 }, (_, i) => ({ name: `KEY_${String(at + i).padStart(5, "0")}`, value: "x" }))
      await putMany(ctx(), { secrets })
    }
    await sotto.signIn(page)
    await row("KEY_00000").waitFor()
    expect(await page.getByRole("row").count()).toBeLessThan(60)
    const before = asked.length
    await page.getByLabel("Find by the beginning of the name").pressSequentially("KEY_0298", { delay: 20 })
    await row("KEY_02980").waitFor()
    await told("10 secrets")
    expect(asked.slice(before).length).toBeLessThan(6)
    await page.getByLabel("Find by the beginning of the name").fill("")
    await row("KEY_00000").waitFor()
    await row("KEY_00000").focus()
    const toTheEnd = async (): Promise<number> => {
      await page.keyboard.press("End") // of what is loaded, which loads more
      return row("KEY_02999").count()
    }
    await expect.poll(toTheEnd, { timeout: 15_000, interval: 200 }).toBe(1)
    expect(await page.getByRole("row").count()).toBeLessThan(60)
  })

  it("shows names and metadata of an attacker as text", async () => {
    const name = `<img src=x onerror="globalThis.hit=1">'"&`
    await put(ctx(), { name, value: "x", metadata: { "<script>globalThis.hit=1</script>": "</pre><svg onload=globalThis.hit=1>" } })
    await put(ctx(), { namespace: `"><script>globalThis.hit=1</script>`, name: "javascript:globalThis.hit=1", value: "x" })
    await sotto.signIn(page, { person: { id: "local", name: "<b onmouseover=globalThis.hit=1>Eve" } })
    await page.getByText(name).click()
    await page.getByText("</pre><svg onload=globalThis.hit=1>").waitFor()
    await button("Remove").click()
    await told(/<img src=x/)
    await page.getByRole("combobox", { name: "Workspace" }).selectOption(`"><script>globalThis.hit=1</script>`)
    await row("javascript:globalThis.hit=1").waitFor()
    expect(await page.evaluate(() => (globalThis as { hit?: number }).hit)).toBeUndefined()
    expect(await page.locator("main img, main script, main svg").count()).toBe(0)
  })

  it("offers nobody what they may not do", async () => {
    await put(ctx(), { name: "A", value: "x" })
    await put(ctx(), { namespace: "acme", name: "B", value: "x" })
    await sotto.signIn(page, { person: { id: "carl", name: "Carl" }, grants: [grant("acme", "list")] })
    await row("B").waitFor()
    for (const name of ["New secret", "Import", "Export"]) expect(await button(name).count()).toBe(0)
    await open("B")
    await page.getByText("You may not see its value").waitFor()
    for (const name of ["Hold to show", "Copy", "Remove", "Replace value"]) expect(await button(name).count()).toBe(0)
    await expect.poll(() => page.locator("header select option").allTextContents()).toEqual(["acme"])
  })

  it("is worked by keyboard alone, from the skip link to the undo", async () => {
    await put(ctx(), { name: "A", value: "one" })
    await put(ctx(), { name: "B", value: "two" })
    await sotto.signIn(page)
    await row("A").waitFor()
    const focused = () => page.evaluate(() => (globalThis as unknown as { document: { activeElement: { textContent: string } | null } }).document.activeElement?.textContent ?? "")
    await page.keyboard.press("Tab")
    expect(await focused()).toContain("Skip to the page")
    await page.keyboard.press("Enter")
    for (let i = 0; i < 12 && !(await focused()).startsWith("Aactive"); i++) await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await expect.poll(focused).toMatch(/^B/)
    await page.keyboard.press("Enter")
    await button("Hold to show").waitFor()
    for (let i = 0; i < 12 && !(await focused()).startsWith("Remove"); i++) await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await row("B").waitFor({ state: "detached" })
    for (let i = 0; i < 20 && !(await focused()).startsWith("Undo"); i++) await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await row("B").waitFor()
  })
})
