import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { grant, openTestContext, type TestContext } from "../../../test/open-test-context.ts"
import { randomBytes } from "../../crypto/random.ts"
import { listEvents } from "../list-events.ts"
import { rotate } from "../rotate.ts"
import { authenticateSession } from "./authenticate-session.ts"
import { createLink } from "./create-link.ts"
import { endAnySession, endSession } from "./end-session.ts"
import { listSessions } from "./list-sessions.ts"
import { redeemLink } from "./redeem-link.ts"
import { createSignInCode, formatSignInCode, parseSignInCode } from "./sign-in-code.ts"

let store: TestContext

beforeEach(async () => {
  store = await openTestContext()
})
afterEach(() => store.close())

const newCode = async (): Promise<string> => (await createLink(store.ctx, {})).code.reveal()

const signIn = async () => {
  const session = await redeemLink(store.ctx, { code: await newCode() })
  return { ...session, halves: { cookie: session.cookie.reveal(), header: session.header.reveal() } }
}

const wrongSecret = (code: string): string => code.slice(0, -1) + (code.endsWith("0") ? "1" : "0")

const refused = expect.objectContaining({ code: "unauthorized", message: "Invalid or expired credentials" })

describe("a sign-in code", () => {
  it("reads back however people type it", () => {
    fc.assert(
      fc.property(fc.nat(23), fc.boolean(), (at, isLower) => {
        const code = createSignInCode(randomBytes)
        const text = formatSignInCode(code)
        const typed = `${text.slice(0, at)} ${text.slice(at)}`.replaceAll("1", "l").replaceAll("0", "o")
        expect(parseSignInCode(isLower ? typed.toLowerCase() : typed)).toEqual(code)
      }),
    )
  })

  it("signs in once", async () => {
    const code = await newCode()
    const session = await redeemLink(store.ctx, { code })
    expect(session.principal).toEqual({ kind: "person", id: "local", name: "local user" })
    await expect(redeemLink(store.ctx, { code })).rejects.toEqual(refused)
  })

  it("signs one of many in where many try at once", async () => {
    const code = await newCode()
    const tries = await Promise.allSettled(Array.from({ length: 10 }, () => redeemLink(store.ctx, { code })))
    expect(tries.filter((each) => each.status === "fulfilled")).toHaveLength(1)
  })

  it("lives ten minutes", async () => {
    const [first, second] = [await newCode(), await newCode()]
    store.clock.now += 599_999
    await expect(redeemLink(store.ctx, { code: first })).resolves.toBeDefined()
    store.clock.now += 1
    await expect(redeemLink(store.ctx, { code: second })).rejects.toEqual(refused)
  })

  it("is spent by five wrong tries, not by four", async () => {
    const [four, five] = [await newCode(), await newCode()]
    const fail = (code: string) => expect(redeemLink(store.ctx, { code: wrongSecret(code) })).rejects.toEqual(refused)
    for (let i = 0; i < 4; i++) await fail(four)
    for (let i = 0; i < 5; i++) await fail(five)
    await expect(redeemLink(store.ctx, { code: four })).resolves.toBeDefined()
    await expect(redeemLink(store.ctx, { code: five })).rejects.toEqual(refused)
  })

  it.each(["", "ABCD", "????-????-????-????-????-????", "0000-0000-0000-0000-0000-0000"])("is not %j", async (code) => {
    await expect(redeemLink(store.ctx, { code })).rejects.toEqual(refused)
  })

  it("hands on no more than its maker holds, and only an administrator makes one", async () => {
    const admin = store.as([grant("*", "admin", "list")], "person", "ann")
    await expect(createLink(admin, { grants: [grant("*", "reveal")] })).rejects.toMatchObject({ code: "forbidden" })
    await expect(createLink(store.as([grant("*", "list")]), {})).rejects.toMatchObject({ code: "forbidden" })
    const session = await redeemLink(store.ctx, { code: (await createLink(admin, {})).code.reveal() })
    expect(session).toMatchObject({ principal: { kind: "person", id: "ann" }, grants: [grant("*", "list", "admin")] })
  })
})

describe("a session", () => {
  it("needs both of its halves", async () => {
    const { halves } = await signIn()
    const other = (await signIn()).halves
    await expect(authenticateSession(store.ctx, halves)).resolves.toMatchObject({ principal: { id: "local" } })
    await expect(authenticateSession(store.ctx, { ...halves, header: other.header })).rejects.toEqual(refused)
    await expect(authenticateSession(store.ctx, { ...halves, cookie: other.cookie })).rejects.toEqual(refused)
    await expect(authenticateSession(store.ctx, { ...halves, header: "" })).rejects.toEqual(refused)
    await expect(authenticateSession(store.ctx, { cookie: "", header: halves.header })).rejects.toEqual(refused)
  })

  it("is stored as no more than a hash over both", async () => {
    const { halves, id } = await signIn()
    const row = JSON.stringify(await store.ctx.storage.one("findSession", { id }))
    expect(row).not.toContain(halves.header)
    expect(row).not.toContain(halves.cookie.split(".")[1])
  })

  it("ends twelve hours after it began, used or not", async () => {
    const { halves } = await signIn()
    store.clock.now += 12 * 3_600_000 - 1
    await expect(authenticateSession(store.ctx, halves)).resolves.toBeDefined()
    store.clock.now += 1
    await expect(authenticateSession(store.ctx, halves)).rejects.toEqual(refused)
    expect(await listSessions(store.ctx, {})).toEqual([])
  })

  it("is refused once it was edited in the database", async () => {
    const { halves, id } = await signIn()
    const row = await store.ctx.storage.one("findSession", { id })
    if (row === null) throw new Error("no row")
    await store.ctx.storage.write(async (tx) => {
      await tx.run("deleteSession", { id })
      await tx.run("insertSession", { ...row, expiresAt: row.expiresAt + 1 })
    })
    await expect(authenticateSession(store.ctx, halves)).rejects.toEqual(refused)
  })

  it("ends when its person signs out, and is told of by events", async () => {
    const { halves, id, principal } = await signIn()
    const actor = await authenticateSession(store.ctx, halves)
    expect(await listSessions(store.ctx, {})).toEqual([
      { id, principal, createdAt: store.clock.now, expiresAt: store.clock.now + 12 * 3_600_000 },
    ])
    await endSession({ ...store.ctx, actor }, { id })
    await expect(authenticateSession(store.ctx, halves)).rejects.toEqual(refused)
    await expect(store.ctx.storage.write((tx) => actor.assertLive?.(tx) ?? Promise.resolve())).rejects.toEqual(refused)
    const { page } = await listEvents(store.ctx, { store: true, paginationOpts: { numItems: 2, cursor: null } })
    expect(page.map((event) => event.type)).toEqual(["person_signed_out", "person_signed_in"])
  })

  it("is ended by nobody else but an administrator", async () => {
    const { id } = await signIn()
    const stranger = store.as([grant("*", "list", "write")])
    await expect(endSession(stranger, { id })).rejects.toMatchObject({ code: "not_found" })
    await expect(endSession(store.as([grant("*", "admin")]), { id })).rejects.toMatchObject({ code: "not_found" })
    await expect(endAnySession(stranger, { id })).rejects.toMatchObject({ code: "forbidden" })
    await expect(endAnySession(store.as([grant("*", "admin")]), { id })).resolves.toEqual({ ended: true })
  })

  it("outlives a re-encryption of the store", async () => {
    const { halves } = await signIn()
    await rotate(store.ctx, { reencrypt: true })
    await expect(authenticateSession(store.ctx, halves)).resolves.toBeDefined()
  })
})
