import { randomBytes } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { missingNamespaces } from "./namespaces.ts"
import { NOT_DELIVERED, signatureBy } from "./open-example.ts"
import { bundleProgram, type Program } from "./open-host.ts"
import { openTwoHosts, type TwoHosts, type Way } from "./open-two-hosts.ts"

const missing = missingNamespaces()
const skipped = missing === null ? "" : ` (skipped: ${missing})`
const SOON = { timeout: 60_000, interval: 200 }
const WAYS: readonly Way[] = ["listens", "calls in"]

const newCanary = (): string => `sk_live_CANARY_${randomBytes(12).toString("hex")}`

let program: Program
beforeAll(async () => {
  if (missing === null) program = await bundleProgram()
})
afterAll(() => program?.close())

describe.skipIf(missing !== null).each(WAYS)(`two hosts with TLS between them, where the sandbox %s${skipped}`, (way) => {
  let hosts: TwoHosts
  beforeEach(async () => {
    hosts = await openTwoHosts(program, { way, hasMiddle: false, lease: "20s" })
  }, 120_000)
  afterEach(() => hosts.close())

  it("agents 44: a secret that is taken away while the link is down is revocation_pending, goes with the lease, and is settled when the link is up", async () => {
    const { store, sandbox, daemon, delivered, set, status, app, setLink, sweep } = hosts
    const [first, second, extra] = [newCanary(), newCanary(), newCanary()]
    await set("EXTRA_KEY", extra)
    await set("SIGNING_KEY", first)
    await expect.poll(app, SOON).toBe(signatureBy(first))
    await set("SIGNING_KEY", second)
    await expect.poll(app, SOON).toBe(signatureBy(second))
    await expect.poll(status, SOON).toMatchObject({ state: "synced" })
    expect(readFileSync(delivered, "utf8")).toContain(extra)

    setLink("down")
    await store.ok("sotto policy deny EXTRA_KEY")
    await expect.poll(status, SOON).toMatchObject({ state: "revocation_pending", delivered: [{ key: "EXTRA_KEY" }, { key: "SIGNING_KEY" }] })
    await expect.poll(() => existsSync(delivered), SOON).toBe(false)
    await expect.poll(app, SOON).toBe(NOT_DELIVERED)
    await expect.poll(daemon.printed, SOON).toContain("The lease is over: deleted EXTRA_KEY, SIGNING_KEY\n")
    expect((await status()).state).toBe("revocation_pending")
    expect(await sweep([first, second, extra])).toEqual([])

    setLink("up")
    await expect.poll(app, SOON).toBe(signatureBy(second))
    await expect.poll(status, SOON).toMatchObject({ state: "synced", delivered: [{ key: "SIGNING_KEY", version: 2 }] })
    expect(await sweep([first, second, extra])).toEqual([`${delivered}: plain`])
    expect(readFileSync(delivered, "utf8")).not.toContain("EXTRA_KEY")

    await store.ok("sotto env rm sandbox")
    await expect.poll(() => store.ok("sotto env list --json"), SOON).toBe("[]\n")
    expect([await app(), await sweep([first, second, extra]), sandbox.folder === store.folder]).toEqual([NOT_DELIVERED, [], false])
  }, 240_000)
})

describe.skipIf(missing !== null).each(WAYS)(`somebody between two hosts with a certificate that both trust, where the sandbox %s${skipped}`, (way) => {
  let hosts: TwoHosts
  beforeEach(async () => {
    hosts = await openTwoHosts(program, { way, hasMiddle: true })
  }, 120_000)
  afterEach(() => hosts.close())

  it("agents 40: reads no value and brings none in: what is forged, changed, played again or answered for the sandbox is refused", async () => {
    const { store, delivered, set, status, app, meddle, refusal, readBetween, sweep } = hosts
    const canaries = [newCanary()]
    await set("SIGNING_KEY", canaries[0] as string)
    await expect.poll(app, SOON).toBe(signatureBy(canaries[0] as string))
    expect(readBetween().toString()).toMatch(/"kind":"delivery".*"manifest":\[\{"key":"SIGNING_KEY"/) // names are all there is

    for (const mode of way === "listens" ? (["forge", "flip", "replay", "lie"] as const) : (["forge", "flip", "replay"] as const)) {
      const [before, next] = [canaries.at(-1) as string, newCanary()]
      canaries.push(next)
      meddle(mode)
      await set("SIGNING_KEY", next)
      expect([mode, await refusal()]).toEqual([mode, "unauthorized"])
      expect([mode, await app(), readFileSync(delivered, "utf8").includes(next)]).toEqual([mode, signatureBy(before), false])
      expect([mode, (await status()).delivered]).toEqual([mode, [{ key: "SIGNING_KEY", version: canaries.length - 1 }]])
      meddle("pass")
      await expect.poll(app, SOON).toBe(signatureBy(next))
      await expect.poll(status, SOON).toMatchObject({ state: "synced", delivered: [{ key: "SIGNING_KEY", version: canaries.length }] })
    }

    await store.ok("sotto rm SIGNING_KEY")
    await expect.poll(status, SOON).toMatchObject({ state: "synced", delivered: [] })
    expect(await app()).toBe(NOT_DELIVERED)
    expect(readBetween().length).toBeGreaterThan(10_000)
    expect(await sweep(canaries)).toEqual([])
  }, 240_000)
})
