import { describe, expect, it } from "vitest"
import type { SecretRow } from "../../src/core/ports/rows.ts"
import type { Storage } from "../../src/core/ports/storage.ts"
import { bytesOf, eventRow, plain, secretRow, tokenRow, versionRow, without } from "../storage-rows.ts"
import type { StorageUnderTest } from "./storage-under-test.ts"

const STORE = {
  id: bytesOf("store", 16),
  createdAt: 1,
  generation: 1,
  activeKeyVersion: 1,
  tokenKey: null,
  tag: bytesOf("store tag"),
}

const addSecret = async (storage: Storage, name: string, own: Parameters<typeof secretRow>[1] = {}) => {
  const secret = secretRow(name, own)
  await storage.write(async (tx) => {
    await tx.run("insertSecret", secret)
    await tx.run("insertVersion", versionRow(secret))
  })
  return secret
}

export const describeStatements = ({ open }: StorageUnderTest): void => {
  describe("the store's own rows", () => {
    it("hold one store, whoever tries to insert a second", async () => {
      const storage = await open()
      const written = await storage.write(async (tx) => [
        await tx.run("insertStore", STORE),
        await tx.run("insertStore", { ...STORE, id: bytesOf("another", 16) }),
      ])
      expect(written).toEqual([1, 0])
      expect(plain(await storage.one("readStore", {}))).toEqual(plain(STORE))
      await storage.write((tx) => tx.run("updateStore", { ...STORE, generation: 2, activeKeyVersion: 7, tokenKey: bytesOf("k") }))
      const locked = await storage.write(async (tx) => [await tx.one("shareStore", {}), await tx.one("lockStore", {})])
      const changed = plain({ ...STORE, generation: 2, activeKeyVersion: 7, tokenKey: bytesOf("k") })
      expect(plain(locked)).toEqual([changed, changed])
    })

    it("hold wraps of roots by generation and key, and key versions by number", async () => {
      const storage = await open()
      const wraps = [
        [1, 1],
        [1, 2],
        [2, 1],
        [2, 10],
      ].map(([generation = 0, keyVersion = 0]) => ({
        generation,
        keyVersion,
        wrap: bytesOf(`${generation} ${keyVersion}`, 72),
      }))
      const key = { version: 2, state: "enabled" as const, createdAt: 5, retiredAt: null, tag: bytesOf("key") }
      await storage.write(async (tx) => {
        await tx.runMany("insertRootWrap", wraps.toReversed())
        await tx.runMany("insertKeyVersion", [{ ...key, version: 10 }, key])
        await tx.run("updateKeyVersion", { version: 10, state: "retired", retiredAt: 9, tag: bytesOf("retired") })
      })
      expect(plain(await storage.all("listRootWraps", {}))).toEqual(plain(wraps))
      expect(plain(await storage.all("listKeyVersions", {}))).toEqual(
        plain([key, { ...key, version: 10, state: "retired", retiredAt: 9, tag: bytesOf("retired") }]),
      )
      await storage.write(async (tx) => {
        expect(await tx.run("deleteRootWrapsBelow", { generation: 2 })).toBe(2)
        expect(await tx.run("deleteRootWrapsOfKey", { keyVersion: 10 })).toBe(1)
      })
      expect(plain(await storage.all("listRootWraps", {}))).toEqual([plain(wraps[2])])
    })
  })

  describe("secrets and versions", () => {
    it("come back exactly: every column, empty ones as null, the largest times, text of any script", async () => {
      const storage = await open()
      const secret = secretRow("ключ 🔑 ÿ\u{10FFFF}", {
        number: 3,
        createdAt: 0,
        updatedAt: Number.MAX_SAFE_INTEGER,
        expiresAt: Number.MAX_SAFE_INTEGER,
        metadata: '{"a":"\u{1F511}"}',
      })
      const version = versionRow(secret, { createdBy: '{"name":"Zoë"}' })
      await storage.write(async (tx) => {
        expect(await tx.run("insertSecret", secret)).toBe(1)
        expect(await tx.run("insertVersion", version)).toBe(1)
      })
      const where = { namespace: "default", name: secret.name }
      expect(plain(await storage.one("findSecret", where))).toEqual(plain(secret))
      expect(plain(await storage.one("findSecretById", { id: secret.id }))).toEqual(plain(secret))
      expect(plain(await storage.one("findVersion", { secretId: secret.id, number: 3 }))).toEqual(plain(version))
      const current = {
        ...secret,
        versionCreatedAt: version.createdAt,
        versionCreatedBy: version.createdBy,
        versionTag: version.tag,
        wrap: version.wrap,
        sealed: version.sealed,
        versionKeyVersion: version.keyVersion,
        versionRowId: version.id,
        versionNamespace: version.namespace,
        versionHasValue: version.hasValue,
        latestNumber: 3,
      }
      expect(plain(await storage.one("findCurrent", where))).toEqual(plain(current))
      expect(await storage.one("findCurrent", { namespace: "default", name: "absent" })).toBeNull()
    })

    it("keep every byte of a value, from none to 64 KiB and its padding", async () => {
      const storage = await open()
      const every = Uint8Array.from({ length: 256 }, (_, i) => i)
      for (const [i, sealed] of [new Uint8Array(0), every, bytesOf("large", 70_000), new Uint8Array(70_000)].entries()) {
        const secret = secretRow(`S${i}`)
        await storage.write((tx) => tx.run("insertVersion", versionRow(secret, { sealed })))
        const row = await storage.one("findVersion", { secretId: secret.id, number: 1 })
        expect(Buffer.compare(row?.sealed ?? Buffer.from("absent"), sealed)).toBe(0)
      }
    })

    it("are found together by a list of names, each once", async () => {
      const storage = await open()
      for (const name of ["a", "b", 'c"\\', "🔑"]) await addSecret(storage, name)
      await addSecret(storage, "a", { namespace: "other" })
      const names = JSON.stringify(["🔑", "a", "a", "missing", 'c"\\'])
      const rows = await storage.all("findCurrents", { namespace: "default", names })
      expect(rows.map(({ namespace, name }) => `${namespace} ${name}`).toSorted()).toEqual([
        "default a",
        'default c"\\',
        "default 🔑",
      ])
      expect(await storage.all("findCurrents", { namespace: "default", names: "[]" })).toEqual([])
    })

    it("are unique by namespace and name, and change by id", async () => {
      const storage = await open()
      const secret = await addSecret(storage, "A")
      const changed = { ...secret, number: 2, updatedAt: 7, expiresAt: 8, metadata: "{}", tag: bytesOf("new") }
      await storage.write(async (tx) => {
        expect(await tx.run("insertSecret", { ...secret, id: bytesOf("other", 16) })).toBe(0)
        expect(await tx.run("insertSecret", { ...secret, id: bytesOf("other", 16), namespace: "other" })).toBe(1)
        expect(await tx.run("updateSecret", changed)).toBe(1)
        expect(await tx.run("updateSecret", { ...changed, id: bytesOf("absent", 16) })).toBe(0)
        expect(plain(await tx.one("lockSecret", { namespace: "default", name: "A" }))).toEqual(plain(changed))
        expect(plain(await tx.one("lockSecretById", { id: secret.id }))).toEqual(plain(changed))
        expect(await tx.run("deleteSecret", { id: secret.id })).toBe(1)
        expect(await tx.one("lockSecret", { namespace: "default", name: "A" })).toBeNull()
      })
    })

    it("list versions newest first, and prune and delete them", async () => {
      const storage = await open()
      const secret = secretRow("A")
      const versions = [1, 2, 3, 10].map((number) => versionRow(secret, { number, id: bytesOf(`v${number}`, 16) }))
      await storage.write((tx) => tx.runMany("insertVersion", versions))
      const wraps = versions.toReversed().map((version) => without(version, "sealed"))
      const ids = JSON.stringify([secret.id, bytesOf("nobody", 16)].map((id) => Buffer.from(id).toString("hex")))
      expect(plain(await storage.all("listWrapsOfSecrets", { ids }))).toEqual(plain(wraps.toReversed()))
      await storage.write((tx) => tx.run("insertSecret", secret))
      expect(plain(await storage.write((tx) => tx.all("lockSecretsById", { ids })))).toEqual([plain(secret)])
      expect(plain(await storage.all("listSecretsById", { ids }))).toEqual([plain(secret)])
      expect(plain(await storage.all("listVersions", { secretId: secret.id }))).toEqual(
        plain(wraps.map((wrap) => without(wrap, "wrap"))),
      )
      await storage.write(async (tx) => {
        expect(await tx.run("pruneVersions", { secretId: secret.id, upTo: 2 })).toBe(2)
        expect(await tx.run("deleteVersions", { secretId: secret.id })).toBe(2)
      })
    })

    it("move a secret to another key only where its tag is still the expected one, and leave the rest of it", async () => {
      const storage = await open()
      const secret = await addSecret(storage, "A")
      const move = { id: secret.id, keyVersion: 7, tag: bytesOf("moved") }
      await storage.write(async (tx) => {
        expect(await tx.run("moveSecret", { ...move, oldTag: bytesOf("another") })).toBe(0)
        expect(await tx.run("moveSecret", { ...move, oldTag: secret.tag })).toBe(1)
        expect(await tx.run("moveSecret", { ...move, oldTag: secret.tag })).toBe(0)
      })
      expect(plain(await storage.one("findSecretById", { id: secret.id }))).toEqual(plain({ ...secret, ...move }))
    })

    it("rewrap and re-encrypt only where the wrap is still the expected one", async () => {
      const storage = await open()
      const secret = await addSecret(storage, "A")
      const old = versionRow(secret)
      const first = { wrap: bytesOf("new wrap", 72), keyVersion: 2, tag: bytesOf("new tag") }
      const second = { wrap: bytesOf("newer wrap", 72), keyVersion: 3, tag: bytesOf("newer tag"), sealed: bytesOf("newer", 500) }
      const where = { secretId: secret.id, number: 1 }
      await storage.write(async (tx) => {
        expect(await tx.run("rewrapVersion", { ...where, oldWrap: old.wrap, ...first })).toBe(1)
        expect(await tx.run("rewrapVersion", { ...where, oldWrap: old.wrap, ...first })).toBe(0)
        expect(await tx.run("reencryptVersion", { ...where, oldWrap: old.wrap, ...second })).toBe(0)
        expect(await tx.run("reencryptVersion", { ...where, oldWrap: first.wrap, ...second })).toBe(1)
      })
      expect(plain(await storage.one("findVersion", where))).toEqual(plain({ ...old, ...second }))
    })

    it("are counted by key and namespace, and walked by key, each secret once", async () => {
      const storage = await open()
      const rows = [
        ["b", "s1", 1],
        ["b", "s1", 2],
        ["b", "s2", 1],
        ["é", "s3", 1],
        ["a", "s4", 2],
      ] as const
      const numbered = rows.map(([namespace, name, keyVersion], i) =>
        versionRow(secretRow(name, { namespace }), { number: i + 1, keyVersion, id: bytesOf(`${i}`, 16) }),
      )
      const older = versionRow(secretRow("s2", { namespace: "b" }), { number: 99 })
      await storage.write((tx) => tx.runMany("insertVersion", [...numbered, older]))
      expect(await storage.all("countVersionsByKey", {})).toEqual([
        { keyVersion: 1, namespace: "b", count: 3 },
        { keyVersion: 1, namespace: "é", count: 1 },
        { keyVersion: 2, namespace: "a", count: 1 },
        { keyVersion: 2, namespace: "b", count: 1 },
      ])
      expect(await storage.one("countVersionsOfKey", { keyVersion: 1 })).toEqual({ count: 4 })
      expect(await storage.one("countVersionsOfKey", { keyVersion: 9 })).toEqual({ count: 0 })
      const walked: unknown[] = []
      let after: { afterNamespace: string; afterSecretId: Uint8Array } = { afterNamespace: "", afterSecretId: new Uint8Array(0) }
      for (;;) {
        const [row] = await storage.all("listSecretsUnderKey", { keyVersion: 1, ...after, limit: 1 })
        if (row === undefined) break
        walked.push(plain(row))
        after = { afterNamespace: row.namespace, afterSecretId: row.secretId }
      }
      const inB = ["s1", "s2"].map((name) => secretRow(name, { namespace: "b" }).id).toSorted(Buffer.compare)
      expect(walked).toEqual(
        plain([
          { namespace: "b", secretId: inB[0] },
          { namespace: "b", secretId: inB[1] },
          { namespace: "é", secretId: secretRow("s3", { namespace: "é" }).id },
        ]),
      )
    })

    it("remember the latest use of a secret", async () => {
      const storage = await open()
      const secret = await addSecret(storage, "A")
      const listed = async () =>
        (await storage.all("listByNameAsc", { ...ALL, afterSort: "", afterId: new Uint8Array(0) }))[0]?.lastUsedAt
      expect(await listed()).toBeNull()
      await storage.write(async (tx) => {
        for (const usedAt of [5, 9, 7]) await tx.run("touchSecret", { secretId: secret.id, usedAt })
      })
      expect(await listed()).toBe(9)
      await storage.write((tx) => tx.run("deleteUse", { secretId: secret.id }))
      expect(await listed()).toBeNull()
    })

    it("are dumped in the order of their keys, in pages", async () => {
      const storage = await open()
      const secrets = await Promise.all(["A", "B", "C"].map((name) => addSecret(storage, name)))
      const [first, second, third] = secrets.toSorted((a, b) => Buffer.compare(a.id, b.id)) as [SecretRow, SecretRow, SecretRow]
      await storage.write((tx) => tx.run("insertVersion", versionRow(first, { number: 2 })))
      const page = await storage.all("dumpSecrets", { afterId: first.id, limit: 10 })
      expect(plain(page)).toEqual(plain([second, third]))
      const versions = await storage.all("dumpVersions", { afterSecretId: first.id, afterNumber: 1, limit: 2 })
      expect(plain(versions)).toEqual(plain([versionRow(first, { number: 2 }), versionRow(second)]))
    })
  })

  describe("access and upkeep rows", () => {
    it("hold workspaces, tokens, sessions and links, in the order of their ids", async () => {
      const storage = await open()
      const session = { id: "s", actor: "{}", hash: bytesOf("h"), createdAt: 1, expiresAt: 50, tag: bytesOf("t") }
      const link = { ...session, id: "l", usedAt: null, attempts: 0 }
      await storage.write(async (tx) => {
        expect(
          await tx.runMany(
            "insertWorkspace",
            ["é", "z", "z"].map((id) => ({ id, createdAt: 1, createdBy: "{}" })),
          ),
        ).toEqual([1, 1, 0])
        await tx.runMany("insertToken", [tokenRow("b"), tokenRow("a")])
        await tx.run("updateToken", { id: "b", revokedAt: 3, lastUsedAt: 2, tag: bytesOf("revoked") })
        await tx.run("insertSession", session)
        await tx.run("updateSession", { id: "s", tag: bytesOf("retagged") })
        await tx.runMany("insertLink", [link, { ...link, id: "m", expiresAt: 51 }])
        await tx.run("updateLink", { id: "l", usedAt: 4, attempts: 2, tag: bytesOf("used") })
        expect(plain(await tx.one("lockToken", { id: "b" }))).toEqual(
          plain(tokenRow("b", { revokedAt: 3, lastUsedAt: 2, tag: bytesOf("revoked") })),
        )
        expect(plain(await tx.one("lockLink", { id: "l" }))).toEqual(
          plain({ ...link, usedAt: 4, attempts: 2, tag: bytesOf("used") }),
        )
        expect(await tx.run("deleteLinksBefore", { cutoff: 51 })).toBe(1)
        expect(await tx.run("deleteSessionsBefore", { cutoff: 50 })).toBe(0)
      })
      expect((await storage.all("listWorkspaces", {})).map(({ id }) => id)).toEqual(["z", "é"])
      expect((await storage.all("listTokens", {})).map(({ id }) => id)).toEqual(["a", "b"])
      expect(plain(await storage.all("listSessions", {}))).toEqual([plain({ ...session, tag: bytesOf("retagged") })])
      expect(plain(await storage.one("findSession", { id: "s" }))).toEqual(plain({ ...session, tag: bytesOf("retagged") }))
      expect((await storage.all("listLinks", {})).map(({ id }) => id)).toEqual(["m"])
      expect(await storage.one("findToken", { id: "absent" })).toBeNull()
      expect(plain(await storage.one("findWorkspace", { id: "é" }))).toEqual({ id: "é", createdAt: 1, createdBy: "{}" })
      await storage.write(async (tx) => {
        expect([
          await tx.run("deleteSession", { id: "s" }),
          await tx.run("deleteLink", { id: "m" }),
          await tx.run("deleteWorkspace", { id: "é" }),
        ]).toEqual([1, 1, 1])
      })
    })

    it("give a lease to one holder until it ends or is given back", async () => {
      const storage = await open()
      const take = (holder: string, now: number) =>
        storage.write((tx) => tx.run("takeLease", { name: "upkeep", holder, now, expiresAt: now + 10 }))
      expect(await take("a", 100)).toBe(1)
      expect(await take("b", 109)).toBe(0)
      expect(await take("a", 105)).toBe(1)
      expect(await take("b", 114)).toBe(0)
      expect(await take("b", 115)).toBe(1)
      expect(await storage.write((tx) => tx.run("releaseLease", { name: "upkeep", holder: "a" }))).toBe(0)
      expect(await storage.write((tx) => tx.run("releaseLease", { name: "upkeep", holder: "b" }))).toBe(1)
      expect(await take("a", 116)).toBe(1)
    })

    it("keep the progress of a walk by its name", async () => {
      const storage = await open()
      await storage.write(async (tx) => {
        expect(await tx.one("lockProgress", { name: "walk" })).toBeNull()
        for (const position of ["a", "b"]) await tx.run("putProgress", { name: "walk", position })
        expect(await tx.one("lockProgress", { name: "walk" })).toEqual({ name: "walk", position: "b" })
        expect(await tx.run("deleteProgress", { name: "walk" })).toBe(1)
        expect(await tx.one("lockProgress", { name: "walk" })).toBeNull()
      })
    })
  })

  describe("numbers of events", () => {
    it("are never used twice, also when the events are gone", async () => {
      const storage = await open()
      expect(await storage.one("lastEventSeq", {})).toEqual({ seq: 0 })
      const append = () => storage.write((tx) => tx.one("appendEvent", eventRow({ createdAt: 5 })))
      for (let i = 0; i < 3; i += 1) await append()
      const { seq: last } = (await append()) ?? { seq: 0 }
      await storage.write(async (tx) => {
        expect(await tx.run("deleteEventsBefore", { cutoff: 5, limit: 10 })).toBe(0)
        expect(await tx.run("deleteEventsBefore", { cutoff: 6, limit: 3 })).toBe(3)
        expect((await tx.all("listEventsAfter", { seq: 0, limit: 10 })).map(({ seq }) => seq)).toEqual([last])
        expect(await tx.run("deleteEventsBefore", { cutoff: 6, limit: 3 })).toBe(1)
      })
      expect(await storage.one("lastEventSeq", {})).toEqual({ seq: last })
      expect((await append())?.seq).toBeGreaterThan(last)
    })

    it("are kept by a restore, and later ones start above them", async () => {
      const storage = await open()
      await storage.write(async (tx) => {
        await tx.runMany(
          "insertEvent",
          [9, 4].map((seq) => ({ ...eventRow(), seq })),
        )
        await tx.run("raiseEventSeq", { seq: 40 })
        await tx.run("raiseEventSeq", { seq: 12 })
        await tx.run("raiseEventSeq", { seq: 0 })
      })
      expect((await storage.all("listEventsAfter", { seq: 0, limit: 10 })).map(({ seq }) => seq)).toEqual([4, 9])
      expect(await storage.one("lastEventSeq", {})).toEqual({ seq: 40 })
      expect(await storage.write((tx) => tx.one("appendEvent", eventRow()))).toEqual({ seq: 41 })
    })

    it("start at one", async () => {
      const storage = await open()
      await storage.write((tx) => tx.run("raiseEventSeq", { seq: 0 }))
      expect(await storage.write((tx) => tx.one("appendEvent", eventRow()))).toEqual({ seq: 1 })
    })
  })
}

const ALL = {
  namespace: "default",
  nameFrom: null,
  nameTo: null,
  expiresMax: null,
  expiresMin: null,
  keyVersion: null,
  limit: 10,
}
