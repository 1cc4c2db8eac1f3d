import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { openEditor } from "../../../test/database-editor.ts"
import { createDatabases } from "../../../test/engines.ts"
import { grant, openTestContext, type TestContext } from "../../../test/open-test-context.ts"
import { isSecretError } from "../../base/errors.ts"
import { getOrThrow } from "../get.ts"
import { listEvents } from "../list-events.ts"
import { ALL_GRANTS } from "../principal.ts"
import { put } from "../put.ts"
import { rotate } from "../rotate.ts"
import { authenticateToken } from "./authenticate-token.ts"
import { createToken } from "./create-token.ts"
import { listTokens } from "./list-tokens.ts"
import { revokeToken } from "./revoke-token.ts"
import { formatToken, parseToken } from "./token-text.ts"

const freshDatabase = createDatabases()
let store: TestContext

beforeEach(async () => {
  store = await openTestContext()
})
afterEach(() => store.close())

const reader = { kind: "service" as const, name: "ci", grants: [grant("acme:*", "list", "reveal")] }

const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "none",
    (error: unknown) => (isSecretError(error) ? `${error.code}: ${error.message}` : String(error)),
  )

describe("a token", () => {
  it("speaks for its principal, with its grants and its owner", async () => {
    const { token, id } = await createToken(store.ctx, reader)
    const actor = await authenticateToken(store.ctx, token.reveal())
    expect(actor.principal).toEqual({ kind: "service", id, name: "ci" })
    expect(actor.owner).toBe("local")
    expect(actor.grants).toEqual([grant("acme:*", "list", "reveal")])
  })

  it("is stored as no more than a hash", async () => {
    const { token, id } = await createToken(store.ctx, reader)
    const row = await store.ctx.storage.one("findToken", { id })
    const secret = token.reveal().split("_")[3] as string
    expect(JSON.stringify(row)).not.toContain(secret)
    expect(Buffer.from(row?.hash ?? []).equals(Buffer.from(parseToken(token.reveal())?.secret ?? []))).toBe(false)
    expect(String(token)).toBe("[REDACTED:SECRET_TOKEN]")
  })

  it("is refused in the same words whatever is wrong with it", async () => {
    const { token, id } = await createToken(store.ctx, { ...reader, ttlMs: 1_000 })
    const { token: revoked, id: revokedId } = await createToken(store.ctx, reader)
    await revokeToken(store.ctx, { id: revokedId })
    const wrong = formatToken({ kind: "service", id, secret: new Uint8Array(32) })
    const unknown = formatToken({ kind: "service", id: "0".repeat(16), secret: new Uint8Array(32) })
    const right = parseToken(token.reveal())
    const otherKind = formatToken({ kind: "person", id, secret: right?.secret ?? new Uint8Array() })
    store.clock.now += 1_000
    const texts = [wrong, unknown, otherKind, token.reveal(), revoked.reveal(), "", "sotto_p_x"]
    const answers = new Set(await Promise.all(texts.map((text) => failure(authenticateToken(store.ctx, text)))))
    expect([...answers]).toEqual(["unauthorized: Invalid or expired credentials"])
  })

  it("is refused with another secret while it lives", async () => {
    const { token, id } = await createToken(store.ctx, reader)
    await expect(authenticateToken(store.ctx, token.reveal())).resolves.toBeDefined()
    const flipped = Uint8Array.from(parseToken(token.reveal())?.secret ?? [], (byte, i) => (i === 31 ? byte ^ 1 : byte))
    expect(await failure(authenticateToken(store.ctx, formatToken({ kind: "service", id, secret: flipped })))).toMatch(/^unauthorized/)
  })

  it("lives until its expiry and not longer", async () => {
    const { token } = await createToken(store.ctx, { ...reader, ttlMs: 1_000 })
    store.clock.now += 999
    await expect(authenticateToken(store.ctx, token.reveal())).resolves.toBeDefined()
    store.clock.now += 1
    expect(await failure(authenticateToken(store.ctx, token.reveal()))).toMatch(/^unauthorized/)
  })

  it.each([
    ["its grants", "grants", JSON.stringify(ALL_GRANTS)],
    ["its expiry", "expires_at", 9_000_000_000_000],
    ["its revocation", "revoked_at", null],
    ["its owner", "owner", "mallory"],
  ])("is refused once somebody edits %s in the database", async (_what, column, value) => {
    const database = await freshDatabase("sqlite file")
    const { ctx, close } = await openTestContext(database)
    const { token, id } = await createToken(ctx, reader)
    if (column === "revoked_at") await revokeToken(ctx, { id })
    else await authenticateToken(ctx, token.reveal())
    const editor = await openEditor(database)
    await editor.run(`UPDATE tokens SET ${column} = ? WHERE id = ?`, value, id)
    expect(await failure(authenticateToken(ctx, token.reveal()))).toMatch(/^unauthorized/)
    await editor.close()
    await close()
  })

  it("notes its use once a minute", async () => {
    const { token } = await createToken(store.ctx, reader)
    const used = async () => (await listTokens(store.ctx, {}))[0]?.lastUsedAt
    expect(await used()).toBeUndefined()
    await authenticateToken(store.ctx, token.reveal())
    const first = store.clock.now
    store.clock.now += 59_999
    await authenticateToken(store.ctx, token.reveal())
    expect(await used()).toBe(first)
    store.clock.now += 1
    await authenticateToken(store.ctx, token.reveal())
    expect(await used()).toBe(first + 60_000)
  })

  it("gets no value once it was revoked between its proof and the read", async () => {
    await put(store.ctx, { namespace: "acme:a", name: "K", value: "v" })
    const { token, id } = await createToken(store.ctx, reader)
    const actor = await authenticateToken(store.ctx, token.reveal())
    await expect(getOrThrow({ ...store.ctx, actor }, { namespace: "acme:a", name: "K" })).resolves.toMatchObject({ value: "v" })
    await revokeToken(store.ctx, { id })
    expect(await failure(getOrThrow({ ...store.ctx, actor }, { namespace: "acme:a", name: "K" }))).toMatch(/^unauthorized/)
  })

  it("outlives a re-encryption of the store", async () => {
    const { token } = await createToken(store.ctx, reader)
    await rotate(store.ctx, { reencrypt: true })
    await expect(authenticateToken(store.ctx, token.reveal())).resolves.toMatchObject({ principal: { name: "ci" } })
  })

  it("leaves an event when it is made and when it is revoked, once", async () => {
    const { id } = await createToken(store.ctx, reader)
    expect(await revokeToken(store.ctx, { id })).toEqual({ revoked: true })
    expect(await revokeToken(store.ctx, { id })).toEqual({ revoked: false })
    const { page } = await listEvents(store.ctx, { store: true, paginationOpts: { numItems: 10, cursor: null } })
    const mine = page.filter((event) => event.metadata?.tokenId === id).map((event) => event.type)
    expect(mine).toEqual(["token_revoked", "token_created"])
  })

  it("of an agent can never reveal, write or administer", async () => {
    for (const permission of ["reveal", "write", "admin"] as const) {
      const args = { kind: "agent" as const, name: "bot", grants: [grant("*", "list", permission)] }
      expect(await failure(createToken(store.ctx, args))).toMatch(/^invalid_argument/)
    }
  })

  it("hands on nothing that its maker lacks", async () => {
    const maker = store.as([grant("*", "admin", "list"), grant("acme:*", "reveal")])
    const make = (pattern: string, ...permissions: ("reveal" | "list")[]) =>
      failure(createToken(maker, { kind: "service", name: "x", grants: [grant(pattern, ...permissions)] }))
    expect(await make("acme:*", "list", "reveal")).toBe("none")
    expect(await make("acme:a", "reveal")).toBe("none")
    expect(await make("acme:a*", "reveal")).toBe("none")
    expect(await make("acme*", "reveal")).toMatch(/^forbidden/)
    expect(await make("*", "reveal")).toMatch(/^forbidden/)
  })

  it("is made, listed and revoked by administrators of the whole store alone", async () => {
    const { id } = await createToken(store.ctx, reader)
    const local = store.as([grant("acme:*", "admin", "list", "reveal")])
    expect(await failure(createToken(local, reader))).toMatch(/^forbidden/)
    expect(await failure(listTokens(local, {}))).toMatch(/^forbidden/)
    expect(await failure(revokeToken(local, { id }))).toMatch(/^forbidden/)
    expect(await failure(revokeToken(store.ctx, { id: "nobody" }))).toMatch(/^not_found/)
  })
})
