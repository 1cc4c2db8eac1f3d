import { existsSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { enrollEnvironment } from "../../src/core/environments/enroll.ts"
import { addEnvironment, environmentStatus, removeEnvironment } from "../../src/core/environments/manage-environments.ts"
import { listEvents } from "../../src/core/list-events.ts"
import type { EnvironmentRow } from "../../src/core/ports/rows.ts"
import type { SandboxCall } from "../../src/core/ports/sandbox-link.ts"
import { remove } from "../../src/core/remove.ts"
import { rotate } from "../../src/core/rotate.ts"
import { environmentTags } from "../../src/core/row-tags.ts"
import { formatEnrolmentToken, parseEnrolmentToken } from "../../src/core/sandbox/enrolment-token.ts"
import { headOf, type DeliveryBody } from "../../src/core/sandbox/messages.ts"
import { signStatement } from "../../src/core/sandbox/statement.ts"
import { currentRoot } from "../../src/core/store-keys.ts"
import { newSigningSeed, signingKeyOf } from "../../src/crypto/ed25519.ts"
import { createDatabases } from "../engines.ts"
import { openEnrolled, openTestSandbox, openTestStore, type TestSandbox, type TestStore } from "./open-sandbox.ts"

const freshDatabase = createDatabases()
const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"

const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => "done", (error: unknown) => (error as { code: string }).code)

interface Sent {
  kind: string
  body: DeliveryBody
  proof: string
}

describe.each(["sqlite file", "postgres"] as const)("the channel from %s", (engine) => {
  let here: TestStore
  let one: TestSandbox
  const closing: (() => Promise<void>)[] = []

  beforeEach(async () => {
    here = await openTestStore(await freshDatabase(engine))
    one = await openEnrolled(here)
    await here.set({ A_KEY: CANARY })
    await here.sync()
  })
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
    await one.close()
    await here.close()
  })

  /** The last delivery as it passed the wire. */
  const lastSent = (): Sent => here.wire.calls.filter(({ body }) => (body as { kind?: string } | undefined)?.kind === "delivery").at(-1)?.body as Sent
  const post = async (statement: unknown, to: TestSandbox = one): Promise<number> => {
    const response = await fetch(`${to.address}/v1/messages`, { method: "POST", headers: { connection: "close" }, body: JSON.stringify(statement) })
    await response.text()
    return response.status
  }
  /** The same as the store itself would say it, with something else in it. */
  const signed = (change: Partial<DeliveryBody>, key = currentRoot(here.alice.keys.current).sandboxes().signing): Sent => {
    const body = { ...lastSent().body, ...change }
    return { kind: "delivery", ...signStatement("delivery", body, key) } as unknown as Sent
  }
  const row = async (): Promise<EnvironmentRow> => (await here.alice.storage.one("findEnvironment", { namespace: "default", name: "sandbox" })) as EnvironmentRow

  it("agents 39, loopstack C15: what is replayed, older, for another sandbox, changed, expired or early is refused with 401, and changes nothing", async () => {
    const first = lastSent()
    await here.set({ A_KEY: "second" })
    await here.sync()
    const before = [one.text(), one.restarts.length]
    const now = here.store.clock.now
    const { body, proof } = lastSent()
    const bad: [string, unknown][] = [
      ["the same again", lastSent()],
      ["an older one", first],
      ["another sandbox", signed({ sandboxId: "0000000000000000", generation: 9 })],
      ["expired", signed({ generation: 9, issuedAt: now - 600_000, expiresAt: now })],
      ["from the future", signed({ generation: 9, issuedAt: now + 3_600_000, expiresAt: now + 3_700_000 })],
      ["a generation changed", { kind: "delivery", body: { ...body, generation: 9 }, proof }],
      ["restart changed", { kind: "delivery", body: { ...body, restart: "never" }, proof }],
      ["no proof", { kind: "delivery", body, proof: "" }],
      ["half a proof", { kind: "delivery", body, proof: proof.slice(0, 40) }],
      ["taken for a renewal", { kind: "renewal", body, proof }],
      ["another key", signed({ generation: 9 }, signingKeyOf(newSigningSeed()))],
      ["one more field", { kind: "delivery", body: { ...body, path: "/etc/passwd" }, proof }],
    ]
    for (const [what, statement] of bad) expect([what, await post(statement)]).toEqual([what, 401])
    await one.restart()
    expect(await post(lastSent())).toBe(401)
    expect([one.text(), one.restarts.length]).toEqual(before)
    expect(await here.sync()).toMatchObject({ unchanged: 1 })
  })

  it("agents 39: values of one delivery do not open beside the manifest of another", async () => {
    const { sealed } = lastSent().body
    await here.set({ B_KEY: "b" })
    await here.sync()
    const before = one.text()
    const mixed = signed({ generation: 9, manifest: [{ key: "A_KEY", version: 1 }], sealed })
    expect(await post(mixed)).toBe(401)
    expect(one.text()).toBe(before)
  })

  it("agents 40: whoever stands between them with a valid certificate reads no value and brings none in", async () => {
    expect(JSON.stringify(here.wire.calls)).not.toContain(CANARY)
    expect(JSON.stringify(here.wire.calls)).not.toContain(Buffer.from(CANARY).toString("base64url").slice(0, 16))
    const attacker = signingKeyOf(newSigningSeed())
    here.wire.meddle = (call, pass) => pass(call.path === "messages" ? { ...call, body: signed({ ...(call.body as Sent).body, manifest: [] }, attacker) } : call)
    await here.set({ A_KEY: "second" })
    expect(await codeOf(here.sync())).toBe("unauthorized")
    expect(one.variables()).toEqual({ A_KEY: CANARY })
    here.wire.meddle = async (call) => ({ body: { ...headOf((await row()).id), generation: (call.body as Sent).body.generation, isApplied: true }, proof: "x" })
    expect(await codeOf(here.sync())).toBe("unauthorized")
    here.wire.meddle = null
    expect(await here.sync()).toMatchObject({ updated: ["A_KEY"] })
  })

  it("agents 41: a reply of a megabyte, or with the value in it, is neither shown nor kept", async () => {
    const lies: [unknown, string][] = [
      [{ body: { note: CANARY }, proof: CANARY }, "unauthorized"],
      [`${CANARY}${"x".repeat(1_000_000)}`, "unauthorized"],
      [null, "unauthorized"],
    ]
    for (const [lie, code] of lies) {
      await here.set({ A_KEY: `changed-${String(lie).length}-${Math.random()}` })
      here.wire.meddle = async () => lie
      const failure = await here.sync().catch((error: unknown) => error as Error & { code: string })
      expect(failure).toMatchObject({ code })
      expect(JSON.stringify([failure, (failure as Error).message, (failure as Error).stack])).not.toContain(CANARY)
      expect(JSON.stringify(await environmentStatus(here.alice, { name: "sandbox" }))).not.toContain(CANARY)
    }
  })

  it("agents 41: an answer beyond its limit is cut off, not read to its end", async () => {
    const { createServer } = await import("node:http")
    let isCut = false
    const server = createServer((_request, response) => {
      response.once("close", () => (isCut = !response.writableFinished))
      const more = (): void => {
        if (response.destroyed) return
        if (response.write(Buffer.alloc(65_536, 97))) setImmediate(more)
        else response.once("drain", more)
      }
      more()
    })
    const port = await new Promise<number>((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)))
    closing.push(() => new Promise((resolve) => server.close(() => resolve())))
    here.wire.meddle = (call, pass) => pass({ ...call, address: `http://127.0.0.1:${port}` })
    await here.set({ A_KEY: "second" })
    expect(await codeOf(here.sync())).toBe("payload_too_large")
    await expect.poll(() => isCut).toBe(true)
  })

  it("believes a daemon that lies no more than what it says that stands there", async () => {
    const sandboxKeys = JSON.parse(readFileSync(join(one.stateFolder, "identity.json"), "utf8")) as { signing: string }
    const daemonKey = signingKeyOf(Buffer.from(sandboxKeys.signing, "base64url"))
    const lie = (change: object) => async (call: SandboxCall): Promise<unknown> => {
      const { generation, manifest } = (call.body as Sent).body
      const honest = {
        ...headOf((await row()).id), generation, mark: generation, isApplied: true, applied: { generation, manifest }, added: [], updated: [], removed: [], refused: [], warnings: [],
        restarted: true, isAppBack: true, isRestored: false, error: null, format: "dotenv", mode: "file", leaseMs: null,
      }
      return signStatement("receipt", { ...honest, ...change }, daemonKey)
    }
    await here.set({ A_KEY: "second" })
    here.wire.meddle = lie({ applied: { generation: 1, manifest: [] } })
    await expect(here.sync()).rejects.toMatchObject({ code: "sync_failed", details: { reason: "untruthful_receipt" } })
    here.wire.meddle = lie({ generation: 1 })
    expect(await codeOf(here.sync())).toBe("unauthorized")
    here.wire.meddle = lie({ added: [CANARY, "../../etc", "x".repeat(10_000)] })
    expect(await codeOf(here.sync())).toBe("unauthorized")
    here.wire.meddle = lie({ mark: Number.MAX_SAFE_INTEGER, isApplied: false, error: "stale_generation" })
    await expect(here.sync()).rejects.toMatchObject({ code: "sync_failed" })
    here.wire.meddle = null
    await here.sync().catch(() => undefined)
    expect((await row()).generation).toBeLessThan(2 ** 51)
  })

  it("goes on where the store was put back to an older state: the sandbox says how far it is, and is not rolled back", async () => {
    const old = await row()
    for (const value of ["second", "third", "fourth"]) {
      await here.set({ A_KEY: value })
      await here.sync()
    }
    await here.alice.storage.write((tx) => tx.run("updateEnvironment", { ...old, tag: environmentTags.seal(here.alice.keys.current, old) }))
    expect(await codeOf(here.sync())).toBe("sync_failed")
    expect(one.variables()).toEqual({ A_KEY: "fourth" })
    await here.set({ A_KEY: "fifth" })
    expect(await here.sync()).toMatchObject({ updated: ["A_KEY"] })
    expect(one.variables()).toEqual({ A_KEY: "fifth" })
  })

  it("keeps its place in the sandbox through a re-encryption of the store", async () => {
    await rotate(here.alice, { reencrypt: true })
    await here.set({ A_KEY: "second" })
    expect(await here.sync()).toMatchObject({ updated: ["A_KEY"] })
    expect(one.variables()).toEqual({ A_KEY: "second" })
  })

  it("refuses a row that something other than the store changed", async () => {
    const honest = await row()
    await here.alice.storage.write((tx) => tx.run("updateEnvironment", { ...honest, address: "https://evil.example/" }))
    expect(await codeOf(here.sync())).toBe("decryption_failed")
    expect(await codeOf(environmentStatus(here.alice, { name: "sandbox" }))).toBe("decryption_failed")
  })

  it("loopstack C18: what somebody reset is brought back, and is not said to be there meanwhile", async () => {
    rmSync(join(one.folder, "app"), { recursive: true })
    expect(await here.sync()).toMatchObject({ added: ["A_KEY"], restarted: true })
    expect(one.variables()).toEqual({ A_KEY: CANARY })
  })

  it("agents 44: a sandbox that is not reached while a secret is taken away is revocation_pending, until it is", async () => {
    await remove(here.alice, { name: "A_KEY" })
    here.wire.meddle = async () => {
      throw Object.assign(new Error("gone"), { code: "ECONNREFUSED" })
    }
    await here.sync().catch(() => undefined)
    expect(await environmentStatus(here.alice, { name: "sandbox" })).toMatchObject({ state: "revocation_pending", delivered: [{ key: "A_KEY", version: 1 }] })
    here.wire.meddle = null
    expect(await here.sync()).toMatchObject({ removed: ["A_KEY"] })
    expect(await environmentStatus(here.alice, { name: "sandbox" })).toMatchObject({ state: "synced", delivered: [] })
    expect(one.variables()).toEqual({})
  })

  it("agents 44: without a word from the store the sandbox deletes what it holds, and gets it back when the store speaks again", async () => {
    await one.close()
    await removeEnvironment(here.alice, { name: "sandbox", force: true })
    one = await openEnrolled(here, { leaseMs: 3_600_000 })
    await here.sync()
    here.store.clock.now += 3_000_000
    expect(await one.daemon.checkLease()).toBe(600_000)
    expect(await here.sync()).toMatchObject({ unchanged: 1 }) // a word from the store
    here.store.clock.now += 3_599_999
    await one.daemon.checkLease()
    expect(one.variables()).toEqual({ A_KEY: CANARY })
    here.store.clock.now += 1
    await one.daemon.checkLease()
    expect(existsSync(one.file)).toBe(false)
    expect(one.restarts).toHaveLength(2)
    expect(await here.sync()).toMatchObject({ added: ["A_KEY"] })
    expect(one.variables()).toEqual({ A_KEY: CANARY })
  })

  it("an environment goes when its sandbox holds nothing more; one that is never reached goes with its lease", async () => {
    expect(await removeEnvironment(here.alice, { name: "sandbox" })).toEqual({ removed: false })
    expect(await environmentStatus(here.alice, { name: "sandbox" })).toMatchObject({ state: "revocation_pending" })
    const { deliverOnce } = await import("../../src/core/environments/sync.ts")
    expect(await deliverOnce(here.alice, "default", "sandbox")).toMatchObject({ isGone: true })
    expect(one.variables()).toEqual({})
    expect(await codeOf(environmentStatus(here.alice, { name: "sandbox" }))).toBe("not_found")

    await one.close()
    one = await openEnrolled(here, { leaseMs: 60_000 })
    await here.sync()
    await removeEnvironment(here.alice, { name: "sandbox" })
    here.wire.meddle = async () => {
      throw new Error("gone")
    }
    await deliverOnce(here.alice, "default", "sandbox")
    expect(await environmentStatus(here.alice, { name: "sandbox" })).toMatchObject({ state: "revocation_pending" })
    here.store.clock.now += 200_000
    await deliverOnce(here.alice, "default", "sandbox")
    expect(await codeOf(environmentStatus(here.alice, { name: "sandbox" }))).toBe("not_found")
  })

  describe("an enrolment token", () => {
    const enrolled = async (token: string, name = "sandbox"): Promise<TestSandbox> => {
      const { address } = await row()
      await one.close()
      const opened = await openTestSandbox({ clock: () => here.store.clock.now, token, port: Number(new URL(address as string).port) })
      one = opened
      expect(name).toBe("sandbox")
      return opened
    }

    it("makes one daemon the sandbox, once; a second that stole it is refused, and gets nothing", async () => {
      const { token } = await enrollEnvironment(here.alice, { name: "sandbox" })
      await here.alice.storage.write(async (tx) => void (await tx.run("updateEnvironment", await unpinned())))
      await enrolled(token.reveal())
      await here.sync()
      const thief = await openTestSandbox({ clock: () => here.store.clock.now, token: token.reveal() })
      closing.push(() => thief.close())
      here.wire.meddle = (call, pass) => pass({ ...call, address: thief.address })
      await here.set({ A_KEY: "second" })
      expect(await codeOf(here.sync())).toBe("unauthorized") // the thief knows the store, and the store does not know the thief
      expect(existsSync(thief.file)).toBe(false)
    })

    /** As it was before anybody was enrolled. */
    const unpinned = async (): Promise<EnvironmentRow> => {
      const fresh = { ...(await row()), signingKey: null, sealingKey: null }
      return { ...fresh, tag: environmentTags.seal(here.alice.keys.current, fresh) }
    }

    it("is worth nothing after ten minutes, after another was made, or with a digit changed", async () => {
      const [first, second] = [await enrollEnvironment(here.alice, { name: "sandbox" }), await enrollEnvironment(here.alice, { name: "sandbox" })]
      await here.alice.storage.write(async (tx) => void (await tx.run("updateEnvironment", await unpinned())))
      await enrolled(first.token.reveal())
      expect(await codeOf(here.sync())).toBe("unauthorized")
      const parts = parseEnrolmentToken(second.token.reveal()) as NonNullable<ReturnType<typeof parseEnrolmentToken>>
      await enrolled(formatEnrolmentToken({ ...parts, secret: parts.secret.with(0, (parts.secret[0] as number) ^ 1) }))
      expect(await codeOf(here.sync())).toBe("unauthorized")
      await enrolled(second.token.reveal())
      here.store.clock.now += 600_000
      expect(await codeOf(here.sync())).toBe("unauthorized")
      expect(existsSync(one.file)).toBe(false)
    })

    it("gives the place of a sandbox that was rebuilt to the new one, and says what the one before was left with", async () => {
      const { token } = await enrollEnvironment(here.alice, { name: "sandbox" })
      await here.set({ A_KEY: "second" })
      expect(await here.sync()).toMatchObject({ updated: ["A_KEY"] }) // the one that is there keeps its place meanwhile
      await enrolled(token.reveal())
      expect(await here.sync()).toMatchObject({ added: ["A_KEY"] })
      expect(one.variables()).toEqual({ A_KEY: "second" })
      const { page } = await listEvents(here.alice, { type: "environment_enrolled", paginationOpts: { numItems: 1, cursor: null } })
      expect(page[0]?.metadata).toEqual({ environment: "sandbox", isFirst: false, left: ["A_KEY"] })
    })

    it("of another store is obeyed by its daemon alone", async () => {
      const other = await openTestStore(await freshDatabase(engine))
      closing.push(() => other.close())
      await addEnvironment(other.alice, { name: "sandbox", address: one.address })
      await enrollEnvironment(other.alice, { name: "sandbox" })
      await other.set({ A_KEY: "from another store" })
      expect(await codeOf(other.sync())).toBe("server_unreachable") // the daemon has no enrolment to show
      expect(one.variables()).toEqual({ A_KEY: CANARY })
    })

    it("never passes the wire, and stands in no row", async () => {
      const { token } = await enrollEnvironment(here.alice, { name: "sandbox" })
      const { secret } = parseEnrolmentToken(token.reveal()) as { secret: Uint8Array }
      const everything = JSON.stringify([here.wire.calls, await row()])
      for (const form of [token.reveal(), Buffer.from(secret).toString("hex"), Buffer.from(secret).toString("base64url"), JSON.stringify([...secret])]) expect(everything).not.toContain(form)
    })
  })
})
