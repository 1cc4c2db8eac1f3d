import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { describe, expect, it } from "vitest"
import { sweepBoxes } from "../../src/core/boxes/sweep.ts"
import { examineStore } from "../../src/core/doctor.ts"
import { listEvents } from "../../src/core/list-events.ts"
import { createServers, newCode } from "../boxes/fixture.ts"
import type { OpenBoxServer } from "../boxes/open-box-server.ts"
import { asymmetricDecrypt, unsalt, type OriginalSealed } from "../boxes/original-crypto.ts"
import { createRawHolder, OK, openRawHolder, post, unauthorized, type Answer, type Body, type RawHolder, type RawServer } from "../boxes/raw-request.ts"
import { createDatabases } from "../engines.ts"
import { RING } from "../open-test-context.ts"

const freshDatabase = createDatabases()
const { start } = createServers()
const child = new URL("./box-kill-child.ts", import.meta.url).pathname
const REPLAYED = unauthorized("Multiple use of signature detected!")

interface Request {
  route: string
  body: Body
}

/** A server of its own process that dies with these requests under way. @returns what was answered; null for nothing */
const askTheDying = async (database: string, { point, clock, requests }: { point: string; clock: number; requests: Request[] }): Promise<(Answer | null)[]> => {
  const env = { ...process.env, KILL_DATABASE: database, KILL_KEYS: RING, KILL_POINT: point, KILL_CLOCK: String(clock) }
  const victim = spawn(process.execPath, ["--no-warnings", child], { env, stdio: ["ignore", "pipe", "inherit"] })
  const ended = once(victim, "exit")
  const [url] = (await once(createInterface(victim.stdout), "line")) as [string]
  const asked = requests.map(({ route, body }) => post(`${url}/${route}`, body).catch(() => null))
  if (point === "any moment") setTimeout(() => victim.kill("SIGKILL"), Math.random() * 40)
  const answers = await Promise.all(asked)
  victim.kill("SIGKILL")
  await ended
  return answers
}

const valueOf = (answer: Answer, { secretKey }: RawHolder): string | null => {
  const sealed = JSON.parse(answer.text) as OriginalSealed & { error?: string }
  return sealed.error === undefined ? unsalt(asymmetricDecrypt(sealed, secretKey)) : null
}

/** What there is before: a box with a secret, a sender with a share for one time, a code. */
const prepare = async (server: OpenBoxServer) => {
  const raw: RawServer = { url: server.url, now: () => server.store.clock.now }
  const [holder, sender] = [await openRawHolder(raw), await openRawHolder(raw)]
  await holder.ask("setSecret", { secretId: "s", secret: "old" })
  await holder.ask("setSecret", { secretId: "gone", secret: "old" })
  await holder.ask("openSubSpace", { fromId: sender.id, closureDate: null })
  await holder.ask("openSubSpace", { fromId: server.id, closureDate: null })
  await sender.ask("shareSecretTo", { shareToId: holder.id, secretId: "once", secret: "for one time", isOneTimeSecret: true })
  const guest = createRawHolder(raw)
  const authCode = await newCode(server)
  const requests = {
    set: { route: "setSecret", body: holder.body("setSecret", { secretId: "s", secret: "new" }) },
    delete: { route: "deleteSecret", body: holder.body("deleteSecret", { secretId: "gone" }) },
    share: { route: "shareSecretTo", body: sender.body("shareSecretTo", { shareToId: holder.id, secretId: "shared", secret: "x", isOneTimeSecret: false }) },
    readOnce: { route: "getSecretFrom", body: holder.body("getSecretFrom", { fromId: sender.id, secretId: "once" }) },
    open: { route: "openSecretSpace", body: guest.body("openSecretSpace", { authCode, closureDate: null }) },
    invite: { route: "createAuthCode", body: holder.body("createAuthCode", { action: "openSecretSpace" }) },
  }
  return { holder, sender, guest, authCode, requests }
}

type Prepared = Awaited<ReturnType<typeof prepare>>
type Operation = keyof Prepared["requests"]

/** Which of the operations took effect, as the database has it afterwards. */
const effectsOf = async (server: OpenBoxServer, { holder, sender, guest, authCode }: Prepared): Promise<Record<Operation, boolean>> => {
  const again = (who: RawHolder): RawHolder => createRawHolder({ url: server.url, now: () => server.store.clock.now }, who.secretKey)
  const [reader, opener] = [again(holder), again(guest)]
  const set = valueOf(await reader.ask("getSecret", { secretId: "s" }), holder)
  expect(["old", "new"]).toContain(set)
  const named = JSON.parse(valueOf(await reader.ask("getSecretSpace"), holder) as string) as { subSpaces: Record<string, { secrets: object }> }
  const isOpen = !(await opener.ask("getSecretSpace")).text.includes("error")
  const codes = await server.store.ctx.storage.all("listBoxCodes", {})
  const isInvited = Object.keys(named.subSpaces[server.id]?.secrets ?? {}).length === 1
  expect(codes).toHaveLength((isOpen ? 0 : 1) + (isInvited ? 1 : 0)) // a code goes with its opening and comes with its secret
  expect(authCode).toMatch(/^[0-9a-f]{64}$/)
  return {
    set: set === "new",
    delete: valueOf(await reader.ask("getSecret", { secretId: "gone" }), holder) === null,
    share: "shared" in (named.subSpaces[sender.id]?.secrets ?? {}),
    readOnce: !("once" in (named.subSpaces[sender.id]?.secrets ?? {})),
    open: isOpen,
    invite: isInvited,
  }
}

const EVENT_OF: Record<Operation, string> = { set: "setSecret", delete: "deleteSecret", share: "shareSecretTo", readOnce: "getSecretFrom", open: "openSecretSpace", invite: "createAuthCode" }

const countEvents = async ({ store }: OpenBoxServer): Promise<Record<string, number>> => {
  const { page } = await listEvents(store.ctx, { store: true, paginationOpts: { numItems: 1_000, cursor: null } })
  const counts: Record<string, number> = {}
  for (const { metadata } of page) counts[String(metadata?.["operation"])] = (counts[String(metadata?.["operation"])] ?? 0) + 1
  return counts
}

const POINTS = ["before the commit", "between commit and answer", "any moment", "any moment"]

describe.each(["sqlite file", "postgres"] as const)("a server of boxes on %s that dies by kill -9", (engine) => {
  it.each(POINTS)("at %s has done each thing wholly or not at all, and whoever asks anew is served", { timeout: 60_000 }, async (point) => {
    const database = await freshDatabase(engine)
    const before = await start({ database })
    const prepared = await prepare(before)
    const eventsBefore = await countEvents(before)
    const { clock } = before.store
    const operations = Object.keys(prepared.requests) as Operation[]
    await before.close()

    const answers = await askTheDying(database, { point, clock: clock.now, requests: operations.map((each) => prepared.requests[each]) })
    const answered = Object.fromEntries(operations.map((each, i) => [each, answers[i] ?? null])) as Record<Operation, Answer | null>

    const after = await start({ database })
    const events = await countEvents(after)
    const effects = await effectsOf(after, prepared)
    for (const each of operations) {
      const { route, body } = prepared.requests[each]
      expect([each, (events[EVENT_OF[each]] ?? 0) - (eventsBefore[EVENT_OF[each]] ?? 0)]).toEqual([each, effects[each] ? 1 : 0])
      expect([each, answered[each] !== null && !effects[each]]).toEqual([each, false]) // what was answered is there
      const replayed = await post(`${after.url}/${route}`, body)
      expect([each, replayed.text === REPLAYED.text]).toEqual([each, effects[each]]) // its signature is remembered with it, or not at all
      const isRead = each === "readOnce" && !effects[each]
      expect([each, replayed.status, isRead ? valueOf(replayed, prepared.holder) : replayed.text]).toEqual([each, effects[each] ? 401 : 200, isRead ? "for one time" : effects[each] ? REPLAYED.text : OK.text])
    }
    const done = operations.filter((each) => effects[each])
    expect([point, point === "between commit and answer" ? done.length > 0 : point === "before the commit" ? done.length === 0 : true]).toEqual([point, true])
    expect(point === "any moment" ? [] : Object.values(answered).filter((each) => each !== null)).toEqual([])

    expect(await effectsOf(after, prepared)).toEqual({ set: true, delete: true, share: true, readOnce: true, open: true, invite: true })
    expect(await examineStore(after.store.ctx, { sample: 100 })).not.toContainEqual(expect.objectContaining({ level: "error" }))
    expect(await sweepBoxes(after.store.ctx)).toEqual({ closed: 0, deleted: 0 })
  })
})
