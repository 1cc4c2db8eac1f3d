import { describe, expect, it } from "vitest"
import type { EventRow, NewEventRow } from "../../src/core/ports/rows.ts"
import type { Params } from "../../src/core/ports/statements.ts"
import type { Storage } from "../../src/core/ports/storage.ts"
import { bytesOf, eventRow, plain, without } from "../storage-rows.ts"
import type { StorageUnderTest } from "./storage-under-test.ts"

const SECRET_IDS = [bytesOf("one", 16), bytesOf("two", 16), null]

/** Equal times on purpose, and later numbers with earlier times. */
const NEW_EVENTS: NewEventRow[] = Array.from({ length: 48 }, (_, i) =>
  eventRow({
    createdAt: 100 + ((i * 7) % 5),
    type: ["created", "read", "deleted"][i % 3] ?? "",
    namespace: ["default", "other", null][i % 4] ?? null,
    name: [null, "A", "é"][(i * 5) % 3] ?? null,
    secretId: SECRET_IDS[i % 3] ?? null,
    principalId: ["ann", "bot"][i % 2] ?? "",
    body: bytesOf(`event ${i}`, 40),
  }),
)

type Filter = Pick<Params<"listStoreEventsAsc">, "since" | "until" | "name" | "type" | "principalId">

const NONE: Filter = { since: 0, until: Number.MAX_SAFE_INTEGER, name: null, type: null, principalId: null }

const FILTERS: Record<string, Filter> = {
  nothing: NONE,
  "a time to start from": { ...NONE, since: 102 },
  "a time to end before": { ...NONE, until: 103 },
  "a span": { ...NONE, since: 101, until: 104 },
  "an empty span": { ...NONE, since: 103, until: 103 },
  "a name": { ...NONE, name: "A" },
  "a type": { ...NONE, type: "read" },
  "a principal": { ...NONE, principalId: "bot" },
  everything: { since: 101, until: 104, name: "é", type: "created", principalId: "ann" },
}

const passes = (event: EventRow, filter: Filter): boolean =>
  event.createdAt >= filter.since &&
  event.createdAt < filter.until &&
  (filter.name === null || event.name === filter.name) &&
  (filter.type === null || event.type === filter.type) &&
  (filter.principalId === null || event.principalId === filter.principalId)

interface Listing {
  statement: string
  params: Record<string, unknown>
  has: (event: EventRow) => boolean
}

const inDefault = (event: EventRow): boolean => event.namespace === "default"

const LISTINGS: Record<string, Listing> = {
  "of a secret": {
    statement: "listEventsBySecret",
    params: { secretId: bytesOf("two", 16) },
    has: ({ secretId }) => secretId !== null && Buffer.compare(secretId, bytesOf("two", 16)) === 0,
  },
  "of a namespace": { statement: "listEventsByNamespace", params: { namespace: "default" }, has: inDefault },
  "of a name": {
    statement: "listEventsByName",
    params: { namespace: "default", byName: "A" },
    has: (e) => inDefault(e) && e.name === "A",
  },
  "of a type": {
    statement: "listEventsByType",
    params: { namespace: "default", byType: "read" },
    has: (e) => inDefault(e) && e.type === "read",
  },
  "of a principal": {
    statement: "listEventsByPrincipal",
    params: { namespace: "default", byPrincipal: "ann" },
    has: (e) => inDefault(e) && e.principalId === "ann",
  },
  "of the store itself": { statement: "listStoreEvents", params: {}, has: ({ namespace }) => namespace === null },
}

const walk = async (storage: Storage, listing: Listing, order: "Asc" | "Desc", filter: Filter): Promise<number[]> => {
  const seqs: number[] = []
  let [afterCreatedAt, afterSeq] = order === "Asc" ? [-1, 0] : [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
  for (;;) {
    const params = { ...filter, ...listing.params, afterCreatedAt, afterSeq, limit: 3 }
    const page: EventRow[] = await storage.all(`${listing.statement}${order}` as "listStoreEventsAsc", params)
    const last = page.at(-1)
    if (last === undefined) return seqs
    seqs.push(...page.map(({ seq }) => seq))
    afterCreatedAt = last.createdAt
    afterSeq = last.seq
  }
}

const openFilled = async ({ open }: StorageUnderTest): Promise<{ storage: Storage; events: EventRow[] }> => {
  const storage = await open()
  await storage.write((tx) => tx.runMany("appendEvent", NEW_EVENTS))
  return { storage, events: await storage.all("listEventsAfter", { seq: 0, limit: 100 }) }
}

export const describeEvents = (engine: StorageUnderTest): void => {
  describe("events", () => {
    it("come back exactly, in the order in which they were appended", async () => {
      const { events } = await openFilled(engine)
      expect(plain(events.map((event) => without(event, "seq")))).toEqual(plain(NEW_EVENTS))
    })

    for (const [what, listing] of Object.entries(LISTINGS)) {
      it(`${what} are listed by time and number in pages, in both directions, under every filter`, async () => {
        const { storage, events } = await openFilled(engine)
        for (const [name, filter] of Object.entries(FILTERS)) {
          const expected = events
            .filter((event) => listing.has(event) && passes(event, filter))
            .toSorted((a, b) => a.createdAt - b.createdAt || a.seq - b.seq)
            .map(({ seq }) => seq)
          expect(await walk(storage, listing, "Asc", filter), `${name}, ascending`).toEqual(expected)
          expect(await walk(storage, listing, "Desc", filter), `${name}, descending`).toEqual(expected.toReversed())
        }
      })
    }

    it("are read by number: behind one, up to a limit, and between two", async () => {
      const { storage, events } = await openFilled(engine)
      const [first, second, third] = events.map(({ seq }) => seq)
      const after = await storage.all("listEventsAfter", { seq: first ?? 0, limit: 2 })
      expect(after.map(({ seq }) => seq)).toEqual([second, third])
      const between = await storage.all("listEventsBetween", { from: second ?? 0, to: third ?? 0 })
      expect(between.map(({ seq }) => seq)).toEqual([second, third])
    })
  })
}
