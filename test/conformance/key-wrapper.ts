import { randomBytes } from "node:crypto"
import { describe, expect, it } from "vitest"
import type { KeyWrapper } from "../../src/core/ports/key-wrapper.ts"

/** What every holder of KEKs promises. `open` gives one that holds at least versions 1 and 3, 3 being the highest. */
export const describeKeyWrapper = (name: string, open: () => KeyWrapper | Promise<KeyWrapper>): void => {
  const aad = (text: string): Uint8Array => new TextEncoder().encode(text)

  describe(`key wrapper: ${name}`, () => {
    it("names its versions in ascending order, and the highest as the active one", async () => {
      const wrapper = await open()
      expect(wrapper.versions).toEqual([...wrapper.versions].toSorted((a, b) => a - b))
      expect(wrapper.activeVersion).toBe(wrapper.versions.at(-1))
      expect(wrapper.versions).toEqual(expect.arrayContaining([1, 3]))
    })
    it("gives back what it wrapped, each in its place, in one batch over several versions", async () => {
      const wrapper = await open()
      const plains = Array.from({ length: 20 }, () => randomBytes(32))
      const requests = plains.map((plain, i) => ({ keyVersion: i % 2 ? 1 : 3, plain, aad: aad(`context ${i}`) }))
      const wraps = await wrapper.wrap(requests)
      const opened = await wrapper.unwrap(wraps.map((wrap, i) => ({ ...(requests[i] as (typeof requests)[0]), wrap })))
      expect(opened.map((plain) => plain && Buffer.from(plain).toString("hex"))).toEqual(plains.map((plain) => plain.toString("hex")))
    })
    it("wraps the same key differently each time, and shows nothing of it", async () => {
      const wrapper = await open()
      const plain = randomBytes(32)
      const request = { keyVersion: 3, plain, aad: aad("a") }
      const [one, two] = await wrapper.wrap([request, request])
      expect(Buffer.from(one as Uint8Array).equals(Buffer.from(two as Uint8Array))).toBe(false)
      expect(Buffer.from(one as Uint8Array).includes(plain)).toBe(false)
    })
    it("opens nothing under another context, another version, or with a changed byte: null, in its place", async () => {
      const wrapper = await open()
      const plain = randomBytes(32)
      const [wrap] = (await wrapper.wrap([{ keyVersion: 3, plain, aad: aad("a") }])) as [Uint8Array]
      const changed = Array.from(wrap, (byte, at) => Uint8Array.from(wrap, (b, i) => (i === at ? byte ^ 1 : b)))
      const opened = await wrapper.unwrap([
        { keyVersion: 3, wrap, aad: aad("b") },
        { keyVersion: 1, wrap, aad: aad("a") },
        { keyVersion: 3, wrap, aad: aad("a") },
        ...changed.map((each) => ({ keyVersion: 3, wrap: each, aad: aad("a") })),
        { keyVersion: 3, wrap: new Uint8Array(), aad: aad("a") },
      ])
      expect(opened.map((each) => each !== null)).toEqual([false, false, true, ...changed.map(() => false), false])
    })
    it("answers key_unavailable for a version that it does not hold", async () => {
      const wrapper = await open()
      const refusal = { code: "key_unavailable" }
      await expect((async () => wrapper.wrap([{ keyVersion: 99, plain: randomBytes(32), aad: aad("a") }]))()).rejects.toMatchObject(refusal)
      await expect((async () => wrapper.unwrap([{ keyVersion: 99, wrap: randomBytes(73), aad: aad("a") }]))()).rejects.toMatchObject(refusal)
    })
    it("takes an empty batch", async () => {
      const wrapper = await open()
      expect(await wrapper.wrap([])).toEqual([])
      expect(await wrapper.unwrap([])).toEqual([])
    })
  })
}
