import { describe, expect, it } from "vitest"
import type { Storage, Transaction } from "../../src/core/ports/storage.ts"
import { bytesOf, eventRow, secretRow } from "../storage-rows.ts"
import type { StorageUnderTest } from "./storage-under-test.ts"
import { append, heardOf, listen } from "./storage-watch.ts"

const WHERE = { namespace: "default", name: "A" }

const rename = async (tx: Transaction, step: string): Promise<void> => {
  const secret = await tx.one("lockSecret", WHERE)
  if (secret !== null) await tx.run("updateSecret", { ...secret, metadata: `${secret.metadata ?? ""}${step}` })
}

/** A transaction that holds what it locked until it is told to end. */
const hold = async (storage: Storage, work: (tx: Transaction) => Promise<unknown>) => {
  const { promise: held, resolve: isHeld } = Promise.withResolvers<void>()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const done = storage.write(async (tx) => {
    await work(tx)
    isHeld()
    await released
  })
  await Promise.race([held, done])
  return { done, release }
}

export const describeSharing = ({ open, fresh }: StorageUnderTest): void => {
  describe("two storages of one database", () => {
    const openTwo = async (): Promise<[Storage, Storage]> => {
      const database = await fresh()
      return [await open(database), await open(database)]
    }

    it("see what the other committed, and open again what was closed", async () => {
      const database = await fresh()
      const first = await open(database)
      const second = await open(database)
      await first.write((tx) => tx.run("insertSecret", secretRow("A")))
      expect(await second.one("countSecrets", {})).toEqual({ count: 1 })
      await Promise.all([first.close(), second.close()])
      expect(await (await open(database)).one("countSecrets", {})).toEqual({ count: 1 })
    })

    it("may be opened at the same moment on a database that is new", async () => {
      const database = await fresh()
      const storages = await Promise.all(Array.from({ length: 8 }, () => open(database)))
      await Promise.all(storages.map((storage) => storage.write((tx) => tx.one("appendEvent", eventRow()))))
      expect(await storages[0]?.all("listEventsAfter", { seq: 0, limit: 100 })).toHaveLength(8)
    })

    it("wait for each other's locks and lose no update", async () => {
      const [first, second] = await openTwo()
      await first.write((tx) => tx.run("insertSecret", secretRow("A")))
      const { done, release } = await hold(first, (tx) => rename(tx, "1"))
      const order: string[] = []
      const waiting = second.write((tx) => rename(tx, "2")).then(() => order.push("second"))
      const ending = done.then(() => order.push("first"))
      expect((await second.one("findSecret", WHERE))?.metadata).toBeNull()
      release()
      await Promise.all([waiting, ending])
      expect((await first.one("findSecret", WHERE))?.metadata).toBe("12")
    })

    it("lose no update of fifty writers on both sides", async () => {
      const [first, second] = await openTwo()
      await first.write((tx) => tx.run("insertSecret", secretRow("A")))
      await Promise.all(Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? first : second).write((tx) => rename(tx, "x"))))
      expect((await first.one("findSecret", WHERE))?.metadata).toHaveLength(50)
    })

    it("read what was committed, without waiting for a transaction that is open", async () => {
      const [first, second] = await openTwo()
      const { done, release } = await hold(first, (tx) => tx.run("insertSecret", secretRow("A")))
      expect(await first.one("countSecrets", {})).toEqual({ count: 0 })
      expect(await second.one("countSecrets", {})).toEqual({ count: 0 })
      expect(await first.snapshot((reads) => reads.one("countSecrets", {}))).toEqual({ count: 0 })
      release()
      await done
      expect(await second.one("countSecrets", {})).toEqual({ count: 1 })
    })

    it("tell their listeners of what the other commits", async () => {
      const [first, second] = await openTwo()
      await append(second, "before")
      const { heard } = listen(first)
      await append(first, "own") // a write behind the watch: the watch is in place
      await append(second, "theirs", "and theirs")
      expect(await heardOf(heard, 3)).toEqual(["own", "theirs", "and theirs"])
      await append(first, "own again")
      expect(await heardOf(heard, 4)).toEqual(["own", "theirs", "and theirs", "own again"])
    })

    it("give a lease to one of many who ask at once", async () => {
      const [first, second] = await openTwo()
      const taken = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 === 0 ? first : second).write((tx) => tx.run("takeLease", { name: "l", holder: `h${i}`, now: 1, expiresAt: 2 })),
        ),
      )
      expect(taken.filter((count) => count === 1)).toHaveLength(1)
    })
  })
}

export const describeRowLocks = ({ open }: StorageUnderTest): void => {
  describe("row locks", () => {
    const STORE = {
      id: bytesOf("store", 16),
      createdAt: 1,
      generation: 1,
      activeKeyVersion: 1,
      tokenKey: null,
      tag: bytesOf("tag"),
    }

    it("leave other rows free", async () => {
      const storage = await open()
      await storage.write((tx) => tx.runMany("insertSecret", [secretRow("A"), secretRow("B")]))
      const { done, release } = await hold(storage, (tx) => tx.one("lockSecret", WHERE))
      const other = await storage.write((tx) => tx.one("lockSecret", { namespace: "default", name: "B" }))
      expect(other?.name).toBe("B")
      release()
      await done
    })

    it("are shared by those who only hold the store still, and keep out who changes it", async () => {
      const storage = await open()
      await storage.write((tx) => tx.run("insertStore", STORE))
      const order: string[] = []
      const first = await hold(storage, (tx) => tx.one("shareStore", {}))
      const second = await hold(storage, (tx) => tx.one("shareStore", {}))
      const changing = storage.write(async (tx) => {
        await tx.one("lockStore", {})
        order.push("changed")
        await tx.run("updateStore", { ...STORE, activeKeyVersion: 2 })
      })
      first.release()
      await first.done
      expect((await storage.one("readStore", {}))?.activeKeyVersion).toBe(1)
      order.push("released")
      second.release()
      await Promise.all([second.done, changing])
      expect(order).toEqual(["released", "changed"])
      expect((await storage.write((tx) => tx.one("shareStore", {})))?.activeKeyVersion).toBe(2)
    })

    it("are skipped by the clean-up of expired secrets", async () => {
      const storage = await open()
      await storage.write((tx) =>
        tx.runMany("insertSecret", [secretRow("A", { expiresAt: 1 }), secretRow("B", { expiresAt: 2 })]),
      )
      const { done, release } = await hold(storage, (tx) => tx.one("lockSecret", WHERE))
      const due = { cutoff: 9, afterExpiresAt: -1, afterId: new Uint8Array(0), limit: 10 }
      expect((await storage.write((tx) => tx.all("lockExpired", due))).map(({ name }) => name)).toEqual(["B"])
      release()
      await done
      expect(await storage.write((tx) => tx.all("lockExpired", due))).toHaveLength(2)
    })

    it("that wait for each other in a circle are broken: one transaction runs again", async () => {
      const storage = await open()
      await storage.write((tx) => tx.runMany("insertSecret", [secretRow("A"), secretRow("B")]))
      const { promise: bothHold, resolve: bothHoldNow } = Promise.withResolvers<void>()
      let runs = 0
      let held = 0
      const lockBoth = (names: string[]) =>
        storage.write(async (tx) => {
          runs += 1
          for (const name of names) {
            await tx.one("lockSecret", { namespace: "default", name })
            held += 1
            if (held === 2) bothHoldNow()
            await bothHold
          }
          return tx.one("appendEvent", eventRow())
        })
      await Promise.all([lockBoth(["A", "B"]), lockBoth(["B", "A"])])
      expect(runs).toBe(3)
      expect(await storage.all("listEventsAfter", { seq: 0, limit: 100 })).toHaveLength(2)
    })
  })
}
