import { once } from "node:events"
import { createServer, type Server, type Socket } from "node:net"
import pg from "pg"
import { afterEach, describe, expect, it, vi } from "vitest"
import { freshPostgresUrl } from "../../test/database.ts"
import { eventRow, secretRow, tokenRow } from "../../test/storage-rows.ts"
import type { Storage } from "../core/ports/storage.ts"
import { openPostgres } from "./postgres.ts"
import { parseInteger, typesOf } from "./postgres-session.ts"
import { parsePostgresUrl } from "./postgres-url.ts"
import { PostgresWatch } from "./postgres-watch.ts"

const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map((thing) => thing.close()))
})

/** A storage whose connections carry a name of their own, and somebody who may end them. */
const openBeside = async () => {
  const name = `sotto-${Math.random().toString(36).slice(2)}`
  const url = `${await freshPostgresUrl()}&application_name=${name}`
  const storage = await openPostgres({ url, poolSize: 4 })
  const { client: config } = await parsePostgresUrl(url)
  const operator = new pg.Client({ ...config, application_name: "operator" })
  await operator.connect()
  opened.push(storage, { close: () => operator.end() })
  const terminate = async (which = "true"): Promise<number> => {
    const { rows } = await operator.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND (${which})`,
      [name],
    )
    return rows.length
  }
  return { storage, operator, terminate }
}

const UNAVAILABLE = { code: "storage_unavailable" }

const addEvent = (storage: Storage, type = "a"): Promise<unknown> =>
  storage.write((tx) => tx.one("appendEvent", eventRow({ type })))

const seqsOf = async (storage: Storage): Promise<number[]> =>
  (await storage.all("listEventsAfter", { seq: 0, limit: 100 })).map(({ seq }) => seq)

describe("a PostgreSQL that ends connections", () => {
  it("inside a transaction makes it fail and leave nothing, and the next one gets a new connection", async () => {
    const { storage, terminate } = await openBeside()
    const failing = storage.write(async (tx) => {
      await tx.run("insertSecret", secretRow("A"))
      await terminate("state = 'idle in transaction'")
      await tx.run("insertSecret", secretRow("B"))
    })
    await expect(failing).rejects.toMatchObject(UNAVAILABLE)
    await storage.write((tx) => tx.run("insertSecret", secretRow("C")))
    expect(await storage.one("countSecrets", {})).toEqual({ count: 1 })
  })

  it("in a snapshot makes it fail, and the next one works", async () => {
    const { storage, terminate } = await openBeside()
    const failing = storage.snapshot(async (reads) => {
      await reads.one("countSecrets", {})
      await terminate("state = 'idle in transaction'")
      return reads.one("countSecrets", {})
    })
    await expect(failing).rejects.toMatchObject(UNAVAILABLE)
    expect(await storage.snapshot((reads) => reads.one("countSecrets", {}))).toEqual({ count: 0 })
  })

  it("between calls is noticed: a call may fail, none hangs, and soon they work again", async () => {
    const { storage, terminate } = await openBeside()
    await Promise.all(Array.from({ length: 4 }, () => addEvent(storage)))
    expect(await terminate()).toBeGreaterThan(0)
    const answers = await Promise.allSettled(Array.from({ length: 8 }, () => storage.one("countSecrets", {})))
    for (const answer of answers) {
      expect(answer).toMatchObject(answer.status === "fulfilled" ? { value: { count: 0 } } : { reason: UNAVAILABLE })
    }
    expect(await storage.one("countSecrets", {})).toEqual({ count: 0 })
    expect(await seqsOf(storage)).toHaveLength(4)
  })

  it("under a watch tells of what was committed meanwhile, each event once", async () => {
    const { storage, terminate } = await openBeside()
    const heard: string[] = []
    await addEvent(storage, "before")
    storage.watch((events) => heard.push(...events.map(({ type }) => type)))
    await addEvent(storage, "a")
    await vi.waitUntil(() => heard.length === 1, { timeout: 10_000, interval: 5 })
    for (const round of ["b", "c"]) {
      expect(await terminate("query ILIKE 'listen %' OR query ILIKE '%FROM events%'")).toBeGreaterThan(0)
      await addEvent(storage, round).catch(() => addEvent(storage, round)) // the pool may have lost one too
      await vi.waitUntil(() => heard.includes(round), { timeout: 10_000, interval: 5 })
    }
    expect(heard).toEqual(["a", "b", "c"])
  })
})

describe("a watch on PostgreSQL", () => {
  it("tells once of what is committed while it begins to listen", async () => {
    const url = await freshPostgresUrl()
    const storage = await openPostgres({ url })
    const { client: config, schema } = await parsePostgresUrl(url)
    const heard: string[] = []
    const createClient = (): pg.Client => {
      const client = new pg.Client({ ...config, pipeline: true, types: typesOf(pg.types.getTypeParser) })
      const ask = client.query.bind(client) as (...args: unknown[]) => Promise<pg.QueryResult>
      // Between LISTEN and the look for missed events: this one is notified and found.
      const query = async (...args: unknown[]): Promise<pg.QueryResult> => {
        const answer = await ask(...args)
        if (String(args[0]).startsWith("LISTEN")) await addEvent(storage, "between")
        return answer
      }
      return Object.assign(client, { query })
    }
    const watch = new PostgresWatch(`${schema}_events`, createClient)
    opened.push(watch, storage)
    watch.add((events) => heard.push(...events.map(({ type }) => type)))
    await watch.ready
    await addEvent(storage, "after")
    await vi.waitUntil(() => heard.includes("after"), { timeout: 10_000, interval: 5 })
    expect(heard).toEqual(["between", "after"])
  })
})

describe("what PostgreSQL says", () => {
  it("reaches nobody where it quotes rows", async () => {
    const { storage } = await openBeside()
    const failing = storage.write(async (tx) => {
      for (let i = 0; i < 2; i += 1) await tx.run("insertToken", tokenRow("canary-id", { name: "canary-name" }))
    })
    const error = (await failing.catch((thrown: unknown) => thrown)) as Error
    expect(error).toMatchObject({ code: "already_exists", cause: { message: "23505" } })
    expect(`${error.stack ?? ""}${JSON.stringify(error)}${JSON.stringify(error.cause)}`).not.toContain("canary")
  })

  it("is refused where a number is too large to hold", () => {
    expect(parseInteger("9007199254740991")).toBe(Number.MAX_SAFE_INTEGER)
    expect(() => parseInteger("9007199254740993")).toThrow(expect.objectContaining({ code: "internal" }))
  })

  it("is a refusal for every write outside a write transaction, whoever asks", async () => {
    const { operator } = await openBeside()
    await expect(operator.query("DELETE FROM secrets")).rejects.toMatchObject({ code: "25006" })
  })

  it("tells a transaction that it could not commit", async () => {
    const { storage, operator } = await openBeside()
    // A trigger that fails at the very end: COMMIT itself is refused.
    await operator.query("SET default_transaction_read_only = off")
    await operator.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
      CREATE CONSTRAINT TRIGGER late AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION refuse()`)
    await expect(addEvent(storage)).rejects.toMatchObject(UNAVAILABLE)
    await operator.query("DROP TRIGGER late ON events")
    await addEvent(storage)
    expect(await seqsOf(storage)).toHaveLength(1)
  })
})

describe("a server that is no PostgreSQL of ours", () => {
  const listen = async (answer: (socket: Socket) => void): Promise<number> => {
    const server: Server = createServer((socket) => answer(socket.on("error", () => undefined)))
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    opened.push({ close: () => new Promise((resolve) => server.close(resolve)) })
    const address = server.address()
    return address !== null && typeof address === "object" ? address.port : 0
  }

  const refusalOf = async (url: string): Promise<Error> =>
    (await openPostgres({ url }).catch((thrown: unknown) => thrown)) as Error

  it("gets no password when it declines TLS that was asked for", async () => {
    const received: Buffer[] = []
    const port = await listen((socket) => socket.on("data", (chunk) => (received.push(chunk), socket.write("N"))))
    const error = await refusalOf(`postgres://ann:canary@127.0.0.1:${port}/db?sslmode=require`)
    expect(error).toMatchObject(UNAVAILABLE)
    expect(Buffer.concat(received).toString("latin1")).not.toMatch(/canary|ann/)
  })

  it("that is not there is said to be unreachable, without the password", async () => {
    const port = await listen((socket) => socket.destroy())
    for (const url of [`postgres://ann:canary@127.0.0.1:${port}/db`, "postgres://ann:canary@127.0.0.1:1/db"]) {
      const error = await refusalOf(url)
      expect(error).toMatchObject({ ...UNAVAILABLE, message: "The database cannot be reached." })
      expect(`${error.stack ?? ""}${JSON.stringify(error)}${String((error.cause as Error).stack)}`).not.toContain("canary")
    }
  })

  it("that refuses the user says so", async () => {
    const url = new URL(await freshPostgresUrl())
    url.username = "nobody_of_ours"
    url.password = "canary"
    const error = await refusalOf(url.href)
    expect(error).toMatchObject({ ...UNAVAILABLE, message: "The database refuses this user." })
    expect(JSON.stringify(error)).not.toContain("canary")
  })
})
