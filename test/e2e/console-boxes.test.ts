import { randomBytes } from "node:crypto"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { Browser, Page } from "playwright-core"
import { createClient } from "../../src/boxes/index.ts"
import { findCanary, sweepFolder } from "../canary.ts"
import { missingChromium, openChromium } from "../chromium.ts"
import { accept, bytesOf, close, goTo, hold, newBox, openPerson, openSecret, PASSPHRASE, put, saveKey, share, storageOf } from "./box-page.ts"
import { openBoxConsole, type BoxConsole } from "./open-box-console.ts"

const missing = missingChromium()
const why = missing === null ? "" : ` (skipped: ${missing})`
const CANARY = `CANARY-${randomBytes(12).toString("hex")}`

describe.skipIf(missing !== null)(`two people and their boxes in the console${why}`, () => {
  let browser: Browser
  let sotto: BoxConsole
  let [alice, bob]: Page[] = []
  let [aliceId, bobId] = ["", ""]
  const keys: string[] = []
  const pages = (): [Page, Page] => [alice as Page, bob as Page]

  beforeAll(async () => {
    browser = await openChromium()
    sotto = await openBoxConsole(browser)
    ;[alice, bob] = [await sotto.open("Alice"), await sotto.open("Bob")]
    aliceId = await newBox(alice)
    bobId = await newBox(bob)
  })
  afterAll(async () => {
    await sotto.close()
    await browser.close()
  })

  /** In what stands on the pages and in what their browsers keep, with the boxes open or locked. */
  const expectNothingLeft = async (): Promise<void> => {
    const [page, other] = pages()
    expect(await storageOf(page)).toMatch(/sotto-box-key.*argon2id.*Bob/s) // what is looked through is what was kept
    for (const each of [page, other]) {
      const left = Buffer.from(`${await each.content()} ${await storageOf(each)} ${each.url()}`)
      for (const secret of [CANARY, ...keys, PASSPHRASE]) expect(findCanary(left, secret, "DOM, storage and address")).toEqual([])
    }
  }

  it("keep a value and show it only while the button is held", async () => {
    const [page] = pages()
    await put(page, "stripe", CANARY)
    await openSecret(page, "stripe")
    expect(await page.content()).not.toContain(CANARY)
    expect(await hold(page)).toBe(CANARY)
    await page.getByText("Signed with your own key").waitFor()
    await page.getByText("It is the newest that this browser knows of").waitFor()
    expect(await page.content()).not.toContain(CANARY)
    await page.getByRole("button", { name: "Copy", exact: true }).click()
    await page.getByText("stripe is copied").waitFor()
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(CANARY)
    await close(page)
  })

  it("replace, keep many lines and bytes as they are, and delete only when asked twice", async () => {
    const [page] = pages()
    const bytes = Buffer.from([0, 255, 128, 13, 10])
    await put(page, "lines", { name: "lines.txt", mimeType: "text/plain", buffer: Buffer.from("a\r\nb\n\n  c\n") })
    await put(page, "bytes", { name: "key.bin", mimeType: "application/octet-stream", buffer: bytes })
    await openSecret(page, "lines")
    expect(await hold(page)).toBe("a\r\nb\n\n  c\n")
    await page.getByRole("button", { name: "Replace value" }).click()
    await page.getByLabel("Value", { exact: true }).fill("one line")
    await page.getByRole("button", { name: "Encrypt and replace" }).click()
    expect(await hold(page)).toBe("one line")
    await page.getByRole("button", { name: "Delete" }).click()
    await page.getByRole("button", { name: "Keep it" }).click()
    await page.getByRole("button", { name: "Delete" }).click()
    await page.getByRole("button", { name: "Delete for good" }).click()
    await page.getByText("lines is deleted").waitFor()
    expect(await page.getByRole("list", { name: "My secrets" }).getByRole("button").allTextContents()).toEqual(["bytes", "stripe"])
    await openSecret(page, "bytes")
    expect(await hold(page)).toBe("00 ff 80 0d 0a")
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as a file" }).click()])
    expect(await bytesOf(download)).toEqual(bytes)
    await close(page)
  })

  it("share only with who accepts it, once or for good, and take it back", async () => {
    const [from, to] = pages()
    await share(from, "stripe", bobId)
    await from.getByText("They do not take secrets from you yet").waitFor()
    await from.getByRole("button", { name: "Close", exact: true }).click()
    await from.getByRole("button", { name: "Throw it away" }).click()
    await accept(to, aliceId, "Alice", "In 30 days")
    await close(to)
    await accept(from, bobId, "Bob")
    await close(from)
    for (const [name, isOneTime] of [["stripe", false], ["bytes", true]] as const) {
      await share(from, name, "Bob", isOneTime)
      await from.getByText(`${name} is shared with Bob`).waitFor()
      await close(from)
    }
    await openPerson(to, "Alice")
    await to.getByText("They may share with you until").waitFor()
    await to.getByRole("list", { name: "What they shared" }).getByRole("button", { name: "stripe" }).click()
    expect(await hold(to)).toBe(CANARY)
    await to.getByText("Signed by Alice").waitFor()
    await to.getByText("only a safety number tells").waitFor()
    await to.getByText("Keep it in my own box").click()
    await to.getByLabel("Name", { exact: true }).fill("from alice")
    await to.getByRole("button", { name: "Encrypt and keep" }).click()
    await to.getByText("from alice is in your box").waitFor()
    await to.getByRole("button", { name: "Back" }).click()
    await to.getByRole("button", { name: "bytes" }).click()
    await to.getByRole("button", { name: "Read it now" }).click()
    expect(await hold(to)).toBe("00 ff 80 0d 0a")
    await to.getByRole("button", { name: "Back" }).click()
    await to.getByText("is on the server no more").waitFor()
    await to.getByRole("button", { name: "Let it go" }).click()
    await expect.poll(() => to.getByRole("list", { name: "What they shared" }).getByRole("button").allTextContents()).toEqual(["stripe"])
    await close(to)
    await openPerson(from, "Bob")
    await from.getByRole("button", { name: "Take back bytes" }).click()
    await from.getByText("bytes was not there any more").waitFor()
    await from.getByRole("button", { name: "Take back stripe" }).click()
    await from.getByText("stripe is taken back").waitFor()
    await close(from)
    await openPerson(to, "Alice")
    await to.getByText("Nothing yet.", { exact: true }).waitFor()
    await close(to)
  }, 60_000)

  it("see the same safety number, and remember that they compared it", async () => {
    const numbers: string[] = []
    for (const [page, other] of [[alice, "Bob"], [bob, "Alice"]] as [Page, string][]) {
      await openPerson(page, other)
      await page.getByText("Show the number").click()
      numbers.push(await page.locator("details p.font-mono").innerText())
      await page.getByLabel("We compared it").check()
      await page.getByText("You said so on").waitFor()
      await close(page)
      await page.getByRole("list", { name: "People" }).getByText("compared", { exact: true }).waitFor()
    }
    expect(numbers[0]).toBe(numbers[1])
    expect(numbers[0]?.replace(/\D/g, "")).toHaveLength(60)
  })

  it("stop taking secrets after hearing what is deleted", async () => {
    const [from, to] = pages()
    await share(from, "stripe", "Bob")
    await from.getByText("stripe is shared with Bob").waitFor()
    await close(from)
    await openPerson(to, "Alice")
    await to.getByRole("button", { name: "Stop taking secrets" }).click()
    expect(await to.getByRole("dialog").getByRole("alert").getByRole("listitem").allTextContents()).toEqual(["stripe"])
    await to.getByRole("button", { name: "Stop, and delete these" }).click()
    await to.getByText("They may not share with you").waitFor()
    await close(to)
  })

  it("save their keys sealed, and unlock by the browser, by the file and by the key itself", async () => {
    const [page, other] = pages()
    await page.getByText("The key of this box is in this tab alone").waitFor()
    const saved = await saveKey(page, { keep: true })
    const theirs = await saveKey(other, { keep: false })
    keys.push(saved.secretKeyHex, theirs.secretKeyHex)
    expect(await page.getByText("The key of this box is in this tab alone").count()).toBe(0)
    await page.getByRole("button", { name: "Lock", exact: true }).click()
    await page.getByText("its key is gone from this tab").waitFor()
    await page.getByLabel("Passphrase", { exact: true }).fill("a wrong passphrase")
    await page.getByRole("button", { name: "Unlock" }).first().click()
    await page.getByText("The passphrase is wrong, or the key file is damaged").waitFor()
    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE)
    await page.getByRole("button", { name: "Unlock" }).first().click()
    await page.getByRole("button", { name: "Lock", exact: true }).waitFor()
    await openPerson(page, "Bob")
    expect(await page.getByLabel("We compared it").isChecked()).toBe(true)
    await close(page)

    await other.getByRole("button", { name: "Lock", exact: true }).click()
    await other.getByRole("tab", { name: "Key file" }).click()
    await other.getByLabel("File of the key").setInputFiles({ name: "key.json", mimeType: "application/json", buffer: Buffer.from(theirs.sealed) })
    await other.getByLabel("Its passphrase").fill(PASSPHRASE)
    await other.getByRole("button", { name: "Unlock" }).click()
    await other.getByRole("button", { name: "Lock", exact: true }).click()
    await other.getByRole("tab", { name: "Paste a key" }).click()
    await other.getByLabel("Secret key").fill("nonsense")
    await other.getByRole("button", { name: "Unlock" }).click()
    await other.getByText("That is no secret key").waitFor()
    await other.getByLabel("Secret key").fill(theirs.secretKeyHex)
    expect(await other.content()).not.toContain(theirs.secretKeyHex)
    await other.getByRole("button", { name: "Unlock" }).click()
    await other.getByRole("list", { name: "My secrets" }).getByText("from alice").waitFor()
    await expectNothingLeft()
  }, 60_000)

  it("are told in plain words of a value that does not prove who wrote it", async () => {
    const [page] = pages()
    await put(page, "old", "new value")
    await openSecret(page, "old")
    await hold(page)
    // another device of hers whose clock was far behind when it wrote: as when a server shows an older value
    const behind = createClient({ serverURL: `${sotto.url}/boxes`, secretKeyHex: keys[0] as string, now: () => sotto.clock.now - 100_000 })
    await behind.setSecret("old", "older value")
    await page.getByRole("button", { name: "Copy", exact: true }).click()
    await page.getByText("It is not shown, because it does not prove who wrote it").waitFor()
    await page.getByRole("button", { name: "allow it unsigned" }).click()
    await page.getByRole("button", { name: "Copy", exact: true }).click()
    await page.getByText("It is not shown, because it does not prove who wrote it").waitFor()
    expect(await page.content()).not.toContain("older value")
    await page.getByRole("button", { name: "Replace value" }).click()
    await page.getByLabel("Value", { exact: true }).fill("newest")
    await page.getByRole("button", { name: "Encrypt and replace" }).click()
    expect(await hold(page)).toBe("newest")
    await close(page)
  })

  it("make a code that opens one box for somebody else, shown once", async () => {
    const [page] = pages()
    await goTo(page, "Codes")
    await page.getByRole("button", { name: "Make a code" }).click()
    await page.getByRole("button", { name: "Copy", exact: true }).click()
    await page.getByText("The code is copied").waitFor()
    const code = String(await page.evaluate("navigator.clipboard.readText()"))
    expect(code).toMatch(/^[0-9a-f]{64}$/)
    expect(await page.content()).not.toContain(code)
    await page.getByRole("button", { name: "I have passed it on" }).click()
    await page.getByRole("button", { name: "Make a code" }).waitFor()
    const carol = await sotto.open("Carol")
    await carol.getByLabel("Code").fill(code)
    await carol.getByLabel("Closes").selectOption({ label: "In a year" })
    await newBox(carol)
    await goTo(carol, "Key")
    await carol.getByText("Opened with a code of").waitFor()
    await carol.getByTitle(aliceId).waitFor()
    expect(findCanary(Buffer.from(await storageOf(carol)), code, "storage")).toEqual([])
    await goTo(carol, "Key")
    await carol.getByRole("button", { name: "Close the box" }).click()
    await carol.getByRole("button", { name: "Delete everything" }).click()
    await carol.getByText("These are other words").waitFor()
    await carol.getByLabel("Type").fill("close my box")
    await carol.getByRole("button", { name: "Delete everything" }).click()
    await carol.getByText("Your box is closed and deleted").waitFor()
  }, 60_000)

  it("take names along in a file, and call nobody by somebody else's name", async () => {
    const [page, other] = pages()
    await goTo(page, "Key")
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save the names" }).click()])
    const file = JSON.parse((await bytesOf(download)).toString()) as { people: unknown[] }
    expect(file).toMatchObject({ type: "sotto-box-people", box: aliceId, people: [{ id: bobId, alias: "Bob" }] })
    file.people.push({ id: aliceId, alias: "Mallory" }, { id: sotto.serverId, alias: "Alice" }, { id: "nonsense", alias: "Nobody" })
    await goTo(other, "Key")
    await other.getByLabel("Take names from a file").setInputFiles({ name: "people.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(file)) })
    await other.getByText("One name is taken over. 3 left out").waitFor()
    await openPerson(other, "Alice")
    await other.getByLabel("What you call them").fill("Bob")
    await other.getByRole("button", { name: "Keep the name" }).click()
    await other.getByText("Somebody else has this name already").waitFor()
    await other.getByLabel("What you call them").fill("Alice")
    await close(other)
  })

  it("show names and values of any shape as text", async () => {
    const [page] = pages()
    const evil = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
    await put(page, evil, evil)
    await put(page, "__proto__", evil)
    await openSecret(page, evil)
    expect(await hold(page, async (shown) => expect(await shown.locator("*").count()).toBe(0))).toBe(evil)
    await close(page)
    await openPerson(page, "Bob")
    await page.getByLabel("What you call them").fill(`<b onclick=alert(1)>Bob`)
    await page.getByRole("button", { name: "Keep the name" }).click()
    await page.getByRole("heading", { name: "<b onclick=alert(1)>Bob" }).waitFor()
    await page.getByLabel("What you call them").fill("Bob\u202E")
    await page.getByRole("button", { name: "Keep the name" }).click()
    await page.getByText("A name has 1 to 60 characters").waitFor()
    await page.getByLabel("What you call them").fill("<b onclick=alert(1)>Bob")
    await close(page)
    expect(await page.title()).toBe("Sotto")
    await openSecret(page, "__proto__")
    expect(await hold(page)).toBe(evil)
    await close(page)
  })

  it("leave nothing open when they go elsewhere or sign out", async () => {
    const [page, other] = pages()
    await page.getByRole("link", { name: "Secrets" }).click()
    await page.getByRole("heading", { level: 1, name: "Secrets" }).waitFor()
    await page.getByRole("link", { name: "Boxes" }).click()
    await page.getByLabel("Passphrase", { exact: true }).waitFor()
    await other.getByRole("button", { name: "Sign out" }).click()
    await other.getByLabel("Sign-in code").waitFor()
    await sotto.enter(other, "Bob")
    await other.getByRole("button", { name: "Make a key and open a box" }).waitFor()
    await expectNothingLeft()
  })

  it("have left the values and the keys nowhere", async () => {
    const traffic = Buffer.concat(sotto.traffic)
    expect(traffic.includes(aliceId)).toBe(true)
    for (const secret of [CANARY, ...keys, ...keys.map((key) => Buffer.from(key, "hex").toString("latin1")), PASSPHRASE]) {
      expect(findCanary(traffic, secret, "traffic, logs and consoles")).toEqual([])
      const swept = await sweepFolder(sotto.folder, secret)
      expect(swept.found).toEqual([])
      expect(swept.bytes).toBeGreaterThan(50_000)
    }
    expect(sotto.complaints).toEqual([])
  })
})

/** Goes there as somebody does who has no mouse. */
const tabTo = async (page: Page, name: string, key = "Tab"): Promise<void> => {
  for (let presses = 0; presses < 60; presses++) {
    const found = await page.evaluate(`(({ id, textContent, labels }) => (labels?.[0]?.textContent ?? textContent).trim())(document.activeElement)`)
    if (found === name) return
    await page.keyboard.press(key)
    await page.waitForTimeout(20)
  }
  throw new Error(`no tabulator leads to ${name}`)
}

const press = async (page: Page, name: string, key?: string): Promise<void> => {
  await page.getByRole("button", { name, exact: true }).waitFor()
  await tabTo(page, name, key)
  await page.keyboard.press("Enter")
}

describe.skipIf(missing !== null)(`the Boxes page${why}`, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openChromium()
  })
  afterAll(() => browser.close())
  const running = new Set<BoxConsole>()
  const start = async (options: Parameters<typeof openBoxConsole>[1]): Promise<BoxConsole> => {
    const sotto = await openBoxConsole(browser, options)
    running.add(sotto)
    return sotto
  }
  beforeEach(() => async () => {
    await Promise.all([...running].map((each) => each.close()))
    running.clear()
  })

  it("says how to turn boxes on where they are off", async () => {
    const sotto = await start({ boxes: "off" })
    const page = await sotto.open("Alice")
    await page.getByText("This server keeps no boxes").waitFor()
    await page.getByText("sotto serve --boxes").waitFor()
    expect(await page.getByRole("button", { name: "Make a key" }).count()).toBe(0)
    expect(sotto.complaints).toEqual([])
  })

  it("says plainly why a server opens no box", async () => {
    const sotto = await start({ anonymous: "deny" })
    const page = await sotto.open("Alice")
    await page.getByRole("button", { name: "Make a key" }).click()
    await page.getByText("This server opens a box only with a code").waitFor()
    await page.getByLabel("Code").fill("ab".repeat(32))
    await page.getByRole("button", { name: "Make a key" }).click()
    await page.getByText("That code is wrong, was used, or is older than seven days").waitFor()
    await page.getByRole("tab", { name: "Paste a key" }).click()
    await page.getByLabel("Secret key").fill("12".repeat(32))
    await page.getByRole("button", { name: "Unlock" }).click()
    await page.getByText("There is no box of this key on this server").waitFor()
    await page.getByRole("button", { name: "Open a box for this key" }).click()
    await page.getByText("This server opens a box only with a code").waitFor()
    expect(sotto.complaints).toEqual([])
  })

  it("is worked by keyboard alone on a screen of 320 pixels", async () => {
    const sotto = await start({})
    const page = await sotto.open("Alice", { viewport: { width: 320, height: 640 } })
    await press(page, "Make a key and open a box")
    await press(page, "New secret")
    await page.getByRole("dialog").waitFor()
    await tabTo(page, "Name")
    await page.keyboard.type("stripe")
    await tabTo(page, "Value")
    await page.keyboard.type("typed value")
    await press(page, "Encrypt and keep")
    await press(page, "stripe")
    await tabTo(page, "Hold to show")
    await page.keyboard.down("Enter")
    await page.getByText("typed value").waitFor()
    await page.keyboard.up("Enter")
    await page.getByText("typed value").waitFor({ state: "detached" })
    await page.keyboard.press("Escape")
    await page.getByRole("dialog").waitFor({ state: "detached" })
    await tabTo(page, "My secrets", "Shift+Tab")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    await press(page, "Accept a sender")
    await page.getByLabel("Their id").waitFor()
    await page.keyboard.press("Escape")
    await press(page, "Lock", "Shift+Tab")
    await page.getByText("its key is gone from this tab").waitFor()
    expect(sotto.complaints).toEqual([])
  })

  it("clears what was copied after 30 seconds, and locks when the session ends in the middle", async () => {
    const sotto = await start({})
    const page = await sotto.open("Alice", { clock: "held" })
    await newBox(page)
    await put(page, "stripe", "copied value")
    await openSecret(page, "stripe")
    await page.getByRole("button", { name: "Copy", exact: true }).click()
    await page.getByText("stripe is copied").waitFor()
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe("copied value")
    await page.clock.fastForward(31_000)
    await expect.poll(() => page.evaluate("navigator.clipboard.readText()")).toBe("")
    await page.route("**/api/v1/**", (route) => route.fulfill({ status: 401, json: { statusCode: 401, code: "unauthorized", message: ["over"] } }))
    await page.evaluate("dispatchEvent(new Event('online'))")
    await page.getByText("Your session has ended").waitFor()
    expect(await page.getByRole("dialog", { includeHidden: true }).count()).toBe(0)
    expect(await page.getByRole("button", { name: "Lock", exact: true, includeHidden: true }).count()).toBe(0)
    await page.unroute("**/api/v1/**")
  })

  it("locks after 15 minutes without a touch, and says so a minute before", async () => {
    const sotto = await start({})
    const page = await sotto.open("Alice", { clock: "held" })
    await newBox(page)
    await page.clock.fastForward(14 * 60_000)
    await page.getByText("The box locks within a minute").waitFor()
    await page.keyboard.press("Shift")
    await page.getByText("The box locks within a minute").waitFor({ state: "detached" })
    await page.clock.fastForward(14 * 60_000)
    await page.getByRole("button", { name: "Lock", exact: true }).waitFor()
    await page.clock.fastForward(61_000)
    await page.getByText("The box was locked, because nothing was touched for 15 minutes").waitFor()
    expect(await page.getByRole("button", { name: "Lock", exact: true }).count()).toBe(0)
    expect(sotto.complaints).toEqual([])
  })
})
