import { describe, expect, it } from "vitest"
import type { SecretRow } from "../../src/core/ports/rows.ts"
import type { Params } from "../../src/core/ports/statements.ts"
import type { Storage } from "../../src/core/ports/storage.ts"
import { secretRow } from "../storage-rows.ts"
import type { StorageUnderTest } from "./storage-under-test.ts"

const NAMES = [
  "A",
  "Z",
  "a",
  "aa",
  "ab",
  "a\u{10FFFF}",
  "b",
  "e",
  "ä",
  "é",
  "\uE000",
  "\uFFFD",
  "\u{1F511}",
  "\u{10FFFF}",
  "~",
  " ",
  "_",
]

/** Equal sort keys on purpose: three times of update, four of expiry. */
const SECRETS: SecretRow[] = NAMES.map((name, i) =>
  secretRow(name, { updatedAt: 1_000 + (i % 3), expiresAt: [null, 50, 60, 70][i % 4] ?? null, keyVersion: 1 + (i % 2) }),
)
const OTHERS = ["a", "b"].flatMap((name) =>
  ["", "defaul", "default\u0021", "z"].map((namespace) => secretRow(name, { namespace })),
)

const FIRST: Uint8Array = new Uint8Array(0)
const LAST: Uint8Array = new Uint8Array(17).fill(255)
const LAST_NAME = "\u{10FFFF}".repeat(200)

const compareText = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

type Filter = Pick<Params<"listByNameAsc">, "nameFrom" | "nameTo" | "expiresMax" | "expiresMin" | "keyVersion">

const NONE: Filter = { nameFrom: null, nameTo: null, expiresMax: null, expiresMin: null, keyVersion: null }

const FILTERS: Record<string, Filter> = {
  nothing: NONE,
  "a prefix": { ...NONE, nameFrom: "a", nameTo: "b" },
  "a lower bound": { ...NONE, nameFrom: "ab" },
  "an upper bound": { ...NONE, nameTo: "é" },
  "an expiry at the latest": { ...NONE, expiresMax: 60 },
  "no expiry before": { ...NONE, expiresMin: 60 },
  "both expiries": { ...NONE, expiresMin: 50, expiresMax: 60 },
  "a key version": { ...NONE, keyVersion: 2 },
  everything: { nameFrom: "A", nameTo: "\uFFFD", expiresMin: 50, expiresMax: 70, keyVersion: 1 },
}

const passes = (secret: SecretRow, filter: Filter): boolean =>
  (filter.nameFrom === null || compareText(secret.name, filter.nameFrom) >= 0) &&
  (filter.nameTo === null || compareText(secret.name, filter.nameTo) < 0) &&
  (filter.expiresMax === null || (secret.expiresAt !== null && secret.expiresAt <= filter.expiresMax)) &&
  (filter.expiresMin === null || secret.expiresAt === null || secret.expiresAt > filter.expiresMin) &&
  (filter.keyVersion === null || secret.keyVersion === filter.keyVersion)

interface Listing {
  asc: "listByUpdatedAsc" | "listByNameAsc" | "listByExpiryAsc"
  desc: "listByUpdatedDesc" | "listByNameDesc" | "listByExpiryDesc"
  first: number | string
  last: number | string
  keyOf: (secret: SecretRow) => number | string | null
}

const LISTINGS: Record<string, Listing> = {
  "time of update": {
    asc: "listByUpdatedAsc",
    desc: "listByUpdatedDesc",
    first: -1,
    last: Number.MAX_SAFE_INTEGER,
    keyOf: (s) => s.updatedAt,
  },
  name: { asc: "listByNameAsc", desc: "listByNameDesc", first: "", last: LAST_NAME, keyOf: (s) => s.name },
  expiry: {
    asc: "listByExpiryAsc",
    desc: "listByExpiryDesc",
    first: -1,
    last: Number.MAX_SAFE_INTEGER,
    keyOf: (s) => s.expiresAt,
  },
}

const compareKeys = (a: number | string, b: number | string): number =>
  typeof a === "number" && typeof b === "number" ? a - b : compareText(String(a), String(b))

/** The listing as it should be, ascending. */
const expected = ({ keyOf }: Listing, filter: Filter): string[] =>
  SECRETS.flatMap((secret) => {
    const key = keyOf(secret)
    return key !== null && passes(secret, filter) ? [{ secret, key }] : []
  })
    .toSorted((a, b) => compareKeys(a.key, b.key) || Buffer.compare(a.secret.id, b.secret.id))
    .map(({ secret }) => secret.name)

const walk = async (
  storage: Storage,
  name: Listing["asc"] | Listing["desc"],
  listing: Listing,
  filter: Filter,
): Promise<string[]> => {
  const isAscending = name === listing.asc
  const walked: string[] = []
  let afterSort = isAscending ? listing.first : listing.last
  let afterId = isAscending ? FIRST : LAST
  for (;;) {
    const params = { ...filter, namespace: "default", afterSort, afterId, limit: 3 }
    const page = await storage.all(name, params as Params<typeof name>)
    walked.push(...page.map((row) => row.name))
    const last = page.at(-1)
    if (last === undefined) return walked
    expect(last.namespace).toBe("default")
    afterSort = listing.keyOf(last) ?? listing.first
    afterId = last.id
  }
}

const openFilled = async ({ open }: StorageUnderTest): Promise<Storage> => {
  const storage = await open()
  await storage.write((tx) => tx.runMany("insertSecret", [...OTHERS, ...SECRETS.toReversed()]))
  return storage
}

export const describeListings = (engine: StorageUnderTest): void => {
  describe("listings", () => {
    for (const [by, listing] of Object.entries(LISTINGS)) {
      it(`by ${by} go through one namespace in pages, in both directions, under every filter`, async () => {
        const storage = await openFilled(engine)
        for (const [what, filter] of Object.entries(FILTERS)) {
          const names = expected(listing, filter)
          expect(await walk(storage, listing.asc, listing, filter), `${what}, ascending`).toEqual(names)
          expect(await walk(storage, listing.desc, listing, filter), `${what}, descending`).toEqual(names.toReversed())
        }
      })
    }

    it("order text by its UTF-8 bytes, also where UTF-16 and dictionaries disagree", async () => {
      const storage = await openFilled(engine)
      const names = await walk(storage, "listByNameAsc", LISTINGS["name"] as Listing, NONE)
      expect(names.indexOf("\uFFFD")).toBeLessThan(names.indexOf("\u{1F511}"))
      expect(names.indexOf("Z")).toBeLessThan(names.indexOf("a"))
      expect(names.indexOf("~")).toBeLessThan(names.indexOf("ä"))
    })

    it("go on behind a row that is gone", async () => {
      const storage = await openFilled(engine)
      await storage.write((tx) => tx.run("deleteSecret", { id: secretRow("ab").id }))
      const rows = await storage.all("listByNameAsc", {
        ...NONE,
        namespace: "default",
        afterSort: "ab",
        afterId: secretRow("ab").id,
        limit: 1,
      })
      expect(rows.map(({ name }) => name)).toEqual(["a\u{10FFFF}"])
    })

    it("count secrets by namespace, in its order", async () => {
      const storage = await openFilled(engine)
      expect(await storage.all("countByNamespace", {})).toEqual([
        { namespace: "", count: 2 },
        { namespace: "defaul", count: 2 },
        { namespace: "default", count: NAMES.length },
        { namespace: "default!", count: 2 },
        { namespace: "z", count: 2 },
      ])
    })

    it("go through all secrets by namespace and id", async () => {
      const storage = await openFilled(engine)
      const all = [...OTHERS, ...SECRETS].toSorted((a, b) => compareText(a.namespace, b.namespace) || Buffer.compare(a.id, b.id))
      const walked: string[] = []
      let after = { afterNamespace: "", afterSecretId: FIRST }
      for (;;) {
        const page = await storage.all("listAllSecrets", { ...after, limit: 5 })
        walked.push(...page.map(({ secretId }) => Buffer.from(secretId).toString("hex")))
        const last = page.at(-1)
        if (last === undefined) break
        after = { afterNamespace: last.namespace, afterSecretId: last.secretId }
      }
      expect(walked).toEqual(all.map(({ id }) => Buffer.from(id).toString("hex")))
    })

    it("lock expired secrets strictly before a time, soonest first, in pages", async () => {
      const storage = await openFilled(engine)
      const due = SECRETS.filter(({ expiresAt }) => expiresAt !== null && expiresAt < 70)
        .toSorted((a, b) => Number(a.expiresAt) - Number(b.expiresAt) || Buffer.compare(a.id, b.id))
        .map(({ name }) => name)
      const locked = await storage.write(async (tx) => {
        const names: string[] = []
        let after = { afterExpiresAt: -1, afterId: FIRST }
        for (;;) {
          const page = await tx.all("lockExpired", { cutoff: 70, ...after, limit: 2 })
          const last = page.at(-1)
          if (last === undefined) return names
          names.push(...page.map(({ name }) => name))
          after = { afterExpiresAt: last.expiresAt ?? 0, afterId: last.id }
        }
      })
      expect(locked).toEqual(due)
    })
  })
}
