import { describe, expect, it, vi } from "vitest"
import type { Storage } from "../../src/core/ports/storage.ts"
import { eventRow } from "../storage-rows.ts"
import type { StorageUnderTest } from "./storage-under-test.ts"

export const append = async (storage: Storage, ...types: string[]): Promise<void> => {
  await storage.write((tx) => tx.runMany("appendEvent", types.map((type) => eventRow({ type }))))
}

export const listen = (storage: Storage) => {
  const heard: string[] = []
  const stop = storage.watch((events) => heard.push(...events.map(({ type }) => type)))
  return { heard, stop }
}

/** All that was heard, once there is as much as expected. */
export const heardOf = async (heard: string[], count: number): Promise<string[]> => {
  await vi.waitUntil(() => heard.length >= count, { timeout: 10_000, interval: 10 })
  return heard
}

export const describeWatch = ({ open }: StorageUnderTest): void => {
  describe("watching", () => {
    it("tells of events committed from then on, oldest first, each once", async () => {
      const storage = await open()
      await append(storage, "before")
      const { heard } = listen(storage)
      await append(storage, "a", "b")
      await append(storage, "c")
      expect(await heardOf(heard, 3)).toEqual(["a", "b", "c"])
      await append(storage, "d")
      expect(await heardOf(heard, 4)).toEqual(["a", "b", "c", "d"])
    })

    it("holds up no write when who listens leaves before it has begun, and begins again", async () => {
      const storage = await open()
      for (let i = 0; i < 5; i++) {
        const first = listen(storage)
        const written = append(storage, "early")
        first.stop()
        await written
      }
      const { heard } = listen(storage)
      await append(storage, "later")
      expect((await heardOf(heard, 1)).at(-1)).toBe("later")
    })

    it("tells of nothing that was rolled back", async () => {
      const storage = await open()
      const { heard } = listen(storage)
      const failing = storage.write(async (tx) => {
        await tx.one("appendEvent", eventRow({ type: "lost" }))
        throw new RangeError("mine")
      })
      await expect(failing).rejects.toThrow(RangeError)
      await append(storage, "kept")
      expect(await heardOf(heard, 1)).toEqual(["kept"])
    })

    it("tells every listener until it stops", async () => {
      const storage = await open()
      const first = listen(storage)
      const second = listen(storage)
      await append(storage, "a")
      expect(await heardOf(first.heard, 1)).toEqual(["a"])
      expect(await heardOf(second.heard, 1)).toEqual(["a"])
      first.stop()
      first.stop()
      await append(storage, "b")
      expect(await heardOf(second.heard, 2)).toEqual(["a", "b"])
      expect(first.heard).toEqual(["a"])
      second.stop()
      await append(storage, "unheard")
      const third = listen(storage)
      await append(storage, "c")
      expect(await heardOf(third.heard, 1)).toEqual(["c"])
      expect(second.heard).toEqual(["a", "b"])
    })

    it("holds up no write where a listener leaves at once", async () => {
      const storage = await open()
      for (let i = 0; i < 5; i++) {
        const { stop } = listen(storage)
        const writing = append(storage, "meanwhile")
        stop()
        await writing
        await append(storage, "afterwards")
      }
      const { heard } = listen(storage)
      await append(storage, "heard")
      expect(await heardOf(heard, 1)).toEqual(["heard"])
    })

    it("tells of a thousand events of one transaction and of fifty transactions at once", async () => {
      const storage = await open()
      const { heard } = listen(storage)
      const many = Array.from({ length: 1_000 }, (_, i) => `m${i}`)
      await append(storage, ...many)
      expect(await heardOf(heard, 1_000)).toEqual(many)
      const types = Array.from({ length: 50 }, (_, i) => `t${i}`)
      await Promise.all(types.map((type) => append(storage, type)))
      expect((await heardOf(heard, 1_050)).slice(1_000).toSorted()).toEqual(types.toSorted())
    })
  })
}
