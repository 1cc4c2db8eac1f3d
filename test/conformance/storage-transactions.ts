import { describe, expect, it } from "vitest"
import type { Storage, Transaction } from "../../src/core/ports/storage.ts"
import { eventRow, plain, secretRow, tokenRow, versionRow } from "../storage-rows.ts"
import type { StorageUnderTest } from "./storage-under-test.ts"

const counted = async (storage: Storage): Promise<number | undefined> => (await storage.one("countSecrets", {}))?.count

const addOne = async (tx: Transaction): Promise<void> => {
  const progress = await tx.one("lockProgress", { name: "counter" })
  await tx.run("putProgress", { name: "counter", position: String(Number(progress?.position ?? "0") + 1) })
}

export const describeTransactions = ({ open }: StorageUnderTest): void => {
  describe("transactions", () => {
    it("commit all that they wrote, and give the result of their work", async () => {
      const storage = await open()
      const secret = secretRow("A")
      const result = await storage.write(async (tx) => {
        await tx.run("insertSecret", secret)
        await tx.run("insertVersion", versionRow(secret))
        return "done"
      })
      expect(result).toBe("done")
      expect(await counted(storage)).toBe(1)
      expect(await storage.one("findVersion", { secretId: secret.id, number: 1 })).not.toBeNull()
    })

    it("leave nothing behind when their work throws, and pass its error on", async () => {
      const storage = await open()
      const failing = storage.write(async (tx) => {
        await tx.run("insertSecret", secretRow("A"))
        await tx.one("appendEvent", eventRow())
        throw new RangeError("mine")
      })
      await expect(failing).rejects.toThrow(new RangeError("mine"))
      expect(await counted(storage)).toBe(0)
      expect(await storage.all("listEventsAfter", { seq: 0, limit: 10 })).toEqual([])
    })

    it("leave nothing behind when a statement fails, even where their work goes on", async () => {
      const storage = await open()
      const failing = storage.write(async (tx) => {
        await tx.run("insertSecret", secretRow("A"))
        await tx.run("insertToken", tokenRow("t"))
        await tx.run("insertToken", tokenRow("t")).catch(() => 0)
        return "as if nothing were wrong"
      })
      await expect(failing).rejects.toMatchObject({ code: "already_exists" })
      expect(await counted(storage)).toBe(0)
      await storage.write((tx) => tx.run("insertSecret", secretRow("B")))
      expect(await counted(storage)).toBe(1)
    })

    it("leave nothing behind when a statement fails for which nobody waits", async () => {
      const storage = await open()
      await storage.write((tx) => tx.run("insertToken", tokenRow("t")))
      const failing = storage.write(async (tx) => {
        await tx.run("insertSecret", secretRow("A"))
        void tx.run("insertToken", tokenRow("t")).catch(() => 0)
      })
      await expect(failing).rejects.toMatchObject({ name: "SecretError" })
      expect(await counted(storage)).toBe(0)
    })

    it("survive several statements failing at once, and the connection serves on", async () => {
      const storage = await open()
      const failing = storage.write(async (tx) => {
        await Promise.all(["t", "u", "t", "v", "t"].map((id) => tx.run("insertToken", tokenRow(id))))
      })
      await expect(failing).rejects.toMatchObject({ code: "already_exists" })
      await storage.write(
        async (tx) => void (await Promise.all(["t", "u", "v"].map((id) => tx.run("insertToken", tokenRow(id))))),
      )
      expect((await storage.all("listTokens", {})).map(({ id }) => id)).toEqual(["t", "u", "v"])
    })

    it("read what they wrote, while nobody ever reads what does not commit", async () => {
      const storage = await open()
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      const { promise: wrote, resolve: hasWritten } = Promise.withResolvers<number>()
      const failing = storage.write(async (tx) => {
        await tx.run("insertSecret", secretRow("A"))
        hasWritten((await tx.one("countSecrets", {}))?.count ?? 0)
        await released
        throw new RangeError("mine")
      })
      expect(await wrote).toBe(1)
      const meanwhile = Promise.all([counted(storage), counted(storage)])
      release()
      await expect(failing).rejects.toThrow(RangeError)
      expect(await meanwhile).toEqual([0, 0])
    })

    it("lose no update of fifty writers who read before they write", async () => {
      const storage = await open()
      await storage.write((tx) => tx.run("putProgress", { name: "counter", position: "0" }))
      await Promise.all(Array.from({ length: 50 }, () => storage.write(addOne)))
      expect(await storage.write((tx) => tx.one("lockProgress", { name: "counter" }))).toEqual({
        name: "counter",
        position: "50",
      })
    })

    it("let one of fifty writers of a name insert it, and all fifty append their events", async () => {
      const storage = await open()
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          storage.write(async (tx) => {
            await tx.one("appendEvent", eventRow({ createdAt: i }))
            return tx.run("insertSecret", secretRow("A", { id: new Uint8Array(16).fill(i) }))
          }),
        ),
      )
      expect(results.toSorted((a, b) => a - b)).toEqual([...Array.from({ length: 49 }, () => 0), 1])
      expect(await counted(storage)).toBe(1)
      expect(await storage.all("listEventsAfter", { seq: 0, limit: 100 })).toHaveLength(50)
    })

    it("give numbers to events that rise from one commit to the next", async () => {
      const storage = await open()
      const seqs: number[] = []
      for (let i = 0; i < 5; i += 1) seqs.push((await storage.write((tx) => tx.one("appendEvent", eventRow())))?.seq ?? 0)
      expect(seqs.toSorted((a, b) => a - b)).toEqual(seqs)
      expect(new Set(seqs).size).toBe(5)
    })

    it("write many rows in one go and count each", async () => {
      const storage = await open()
      const names = Array.from({ length: 600 }, (_, i) => `N${i % 500}`)
      const counts = await storage.write((tx) =>
        tx.runMany(
          "insertSecret",
          names.map((name) => secretRow(name)),
        ),
      )
      expect(counts).toEqual([...Array.from({ length: 500 }, () => 1), ...Array.from({ length: 100 }, () => 0)])
      expect(await storage.write((tx) => tx.runMany("appendEvent", [eventRow(), eventRow()]))).toEqual([1, 1])
      expect(await storage.write((tx) => tx.runMany("appendEvent", []))).toEqual([])
    })

    it("take no statement after their end", async () => {
      const storage = await open()
      const { tx } = await storage.write(async (given) => ({ tx: given }))
      await expect(tx.run("insertSecret", secretRow("A"))).rejects.toThrow(TypeError)
      await expect(tx.one("readStore", {})).rejects.toThrow(TypeError)
      expect(await counted(storage)).toBe(0)
    })

    it("are needed for every statement that writes or locks", async () => {
      const storage = await open()
      await expect(storage.one("appendEvent", eventRow())).rejects.toThrow(TypeError)
      await expect(storage.one("lockStore", {})).rejects.toThrow(TypeError)
      await expect(
        storage.all("lockExpired", { cutoff: 1, afterExpiresAt: 0, afterId: new Uint8Array(), limit: 1 }),
      ).rejects.toThrow(TypeError)
      expect(await storage.one("lastEventSeq", {})).toEqual({ seq: 0 })
    })
  })

  describe("snapshots", () => {
    it("see one state from their start to their end, while others write", async () => {
      const storage = await open()
      await storage.write((tx) => tx.run("insertSecret", secretRow("A")))
      const [first, second, rows] = await storage.snapshot(async (reads) => {
        const before = await reads.one("countSecrets", {})
        await storage.write((tx) => tx.run("insertSecret", secretRow("B")))
        return [
          before,
          await reads.one("countSecrets", {}),
          await reads.all("listNamespaceSecrets", { namespace: "default", limit: 9 }),
        ]
      })
      expect([first, second]).toEqual([{ count: 1 }, { count: 1 }])
      expect(plain(rows)).toEqual([plain(secretRow("A"))])
      expect(await counted(storage)).toBe(2)
    })

    it("pass the error of their work on", async () => {
      const storage = await open()
      const failing = storage.snapshot(() => Promise.reject(new RangeError("mine")))
      await expect(failing).rejects.toThrow(new RangeError("mine"))
      expect(await storage.snapshot((reads) => reads.one("countSecrets", {}))).toEqual({ count: 0 })
    })
  })

  describe("closing", () => {
    it("may happen twice, and afterwards every call fails", async () => {
      const storage = await open()
      await Promise.all([storage.close(), storage.close()])
      await storage.close()
      const unavailable = { code: "storage_unavailable" }
      await expect(storage.one("readStore", {})).rejects.toMatchObject(unavailable)
      await expect(storage.all("listTokens", {})).rejects.toMatchObject(unavailable)
      await expect(storage.write(() => Promise.resolve())).rejects.toMatchObject(unavailable)
      await expect(storage.snapshot(() => Promise.resolve())).rejects.toMatchObject(unavailable)
      expect(() => storage.watch(() => undefined)).toThrow(expect.objectContaining(unavailable))
    })

    it("waits for the transaction that runs", async () => {
      const storage = await open()
      const order: string[] = []
      const { promise: begun, resolve: hasBegun } = Promise.withResolvers<void>()
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      const writing = storage.write(async (tx) => {
        hasBegun()
        await released
        await tx.run("insertSecret", secretRow("A"))
        order.push("written")
      })
      await begun
      const closing = storage.close().then(() => order.push("closed"))
      release()
      await Promise.all([writing, closing])
      expect(order).toEqual(["written", "closed"])
    })
  })
}
