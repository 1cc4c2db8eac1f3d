import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ROOT } from "../architecture/manifest.ts"
import { servePage, startRelay, type RecordingRelay } from "../boxes/browser-page.ts"
import { checkVectors, type Vector } from "../boxes/check-vectors.ts"
import { findCanary, sweepFolder } from "../canary.ts"
import { missingChromium, openChromium } from "../chromium.ts"
import { openSotto, type Sotto } from "../cli/sotto.ts"
import type * as Boxes from "../../src/boxes/index.ts"

declare const boxes: typeof Boxes

/** The kinds of rows that are for something else: an older way that nobody uses, and the cockpit's phrases. */
const NOT_OURS = ["sealed-old", "seed-to-key"]

const readVectors = async (): Promise<Vector[]> => {
  const { vectors } = JSON.parse(await readFile(join(ROOT, "test", "vectors", "secret-manager.json"), "utf8")) as { vectors: Vector[] }
  return vectors.filter(({ kind }) => !NOT_OURS.includes(kind))
}

const missing = missingChromium()
const CANARY = `CANARY-${randomBytes(12).toString("hex")}`

it("reproduces the Secret Manager's vectors in Node", async () => {
  const vectors = await readVectors()
  expect(await checkVectors(vectors)).toEqual({ checked: vectors.map(({ name }) => name), wrong: [] })
})

describe.skipIf(missing !== null)(`two browsers that share through a server${missing === null ? "" : ` (skipped: ${missing})`}`, () => {
  let sotto: Sotto
  let relay: RecordingRelay
  let site: Awaited<ReturnType<typeof servePage>>
  const browsers: Browser[] = []
  const printed: Buffer[] = []
  let [alice, bob]: Page[] = []

  const openPage = async (): Promise<Page> => {
    const browser = await openChromium()
    browsers.push(browser)
    const page = await browser.newPage()
    page.on("console", (message) => printed.push(Buffer.from(message.text())))
    page.on("pageerror", (error) => printed.push(Buffer.from(String(error))))
    await page.goto(site.origin)
    return page
  }

  beforeAll(async () => {
    ;[sotto, relay, site] = await Promise.all([openSotto(), startRelay(), servePage()])
    const { listening, child } = await sotto.serve({ SOTTO_BOXES: "on", SOTTO_BOXES_ANONYMOUS: "allow", SOTTO_BOXES_ORIGINS: site.origin, SOTTO_PUBLIC_URL: relay.origin, SOTTO_LOG_LEVEL: "debug" })
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => printed.push(chunk))
    relay.target(Number(new URL(listening).port))
    ;[alice, bob] = [await openPage(), await openPage()]
  }, 60_000)
  afterAll(async () => {
    await Promise.all(browsers.map((browser) => browser.close()))
    await Promise.all([site.close(), relay.close()])
    await sotto.close()
  })

  it("gives the original's vectors there too", async () => {
    const vectors = await readVectors()
    const found = await (alice as Page).evaluate((rows) => (globalThis as unknown as { checkVectors: typeof checkVectors }).checkVectors(rows), vectors)
    expect(found).toEqual({ checked: vectors.map(({ name }) => name), wrong: [] })
  })

  it("share a secret both ways and leave it nowhere in the open", async () => {
    const serverURL = `${relay.origin}/boxes`
    const aliceId = await (alice as Page).evaluate(async (url) => {
      const client = boxes.createClient({ serverURL: url })
      await client.ready
      Object.assign(globalThis, { client })
      return client.id as string
    }, serverURL)
    const bobId = await (bob as Page).evaluate(
      async ([url, sender]) => {
        const client = boxes.createClient({ serverURL: url })
        await client.ready
        await client.acceptSecretsFrom(sender)
        Object.assign(globalThis, { client })
        return client.id as string
      },
      [serverURL, aliceId] as const,
    )
    const kept = await (alice as Page).evaluate(
      async ([recipient, value]) => {
        const { client } = globalThis as unknown as { client: Boxes.BoxClient }
        await client.setSecret("mine", value)
        await client.shareSecretTo(recipient, "ours", { token: value })
        await client.shareSecretTo(recipient, "bytes", new Uint8Array([0, 255, 128]))
        await client.acceptSecretsFrom(recipient)
        return client.getSecret("mine")
      },
      [bobId, CANARY] as const,
    )
    expect(kept).toBe(CANARY)
    const read = await (bob as Page).evaluate(
      async ([sender, value]) => {
        const { client } = globalThis as unknown as { client: Boxes.BoxClient }
        const shared = await client.readSecretFrom(sender, "ours")
        const bytes = (await client.getSecretFrom(sender, "bytes")) as Uint8Array
        await client.shareSecretTo(sender, "back", `${value} again`)
        return { value: shared.value, author: shared.author, bytes: [...bytes], listed: await client.list() }
      },
      [aliceId, CANARY] as const,
    )
    expect(read).toMatchObject({ value: { token: CANARY }, author: aliceId, bytes: [0, 255, 128] })
    expect(read.listed.map(({ secretId, from }) => [secretId, from])).toEqual(expect.arrayContaining([["ours", aliceId], ["bytes", aliceId]]))
    const back = await (alice as Page).evaluate(async (sender) => (globalThis as unknown as { client: Boxes.BoxClient }).client.getSecretFrom(sender, "back"), bobId)
    expect(back).toBe(`${CANARY} again`)

    const keys = await Promise.all([alice, bob].map((page) => (page as Page).evaluate(() => (globalThis as unknown as { client: Boxes.BoxClient }).client.secretKeyHex as string)))
    expect(relay.traffic().includes(aliceId)).toBe(true)
    for (const secret of [CANARY, ...keys, ...keys.map((key) => Buffer.from(key, "hex").toString("latin1"))]) {
      expect(findCanary(relay.traffic(), secret, "traffic")).toEqual([])
      expect(findCanary(Buffer.concat(printed), secret, "logs and consoles")).toEqual([])
      const swept = await sweepFolder(join(sotto.folder, "home"), secret)
      expect(swept.found).toEqual([])
      expect(swept.bytes).toBeGreaterThan(50_000)
    }
  }, 60_000)

  it("lets a page of another origin do nothing", async () => {
    const stranger = await servePage()
    try {
      await (bob as Page).goto(stranger.origin)
      const outcome = await (bob as Page).evaluate(async (url) => {
        const client = boxes.createClient({ serverURL: url })
        return Promise.resolve(client.ready).then(
          () => "opened",
          (error: { code: string }) => error.code,
        )
      }, `${relay.origin}/boxes`)
      expect(outcome).toBe("server_unreachable")
    } finally {
      await stranger.close()
    }
  })
})
