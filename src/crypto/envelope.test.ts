import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hex } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import { answerOf, expectedOf, fromHex, readVectors } from "../../test/vectors/read-vectors.ts"
import { dekAad, openValue, rootAad, sealValue, unwrapKey, wrapKey, type VersionIds } from "./envelope.ts"
import { deriveKey } from "./hkdf.ts"
import { paddedLength } from "./padme.ts"
import { createXaesKey } from "./xaes-gcm.ts"

const idsOf = (ids: Record<keyof VersionIds, string>): VersionIds => ({
  storeId: fromHex(ids.storeId),
  secretId: fromHex(ids.secretId),
  versionId: fromHex(ids.versionId),
})

const IDS = idsOf({ storeId: "a1".repeat(16), secretId: "b2".repeat(16), versionId: "c3".repeat(16) })
const KEK = createXaesKey(new Uint8Array(32).fill(5))

/** Any text that can be kept: lone surrogates cannot. */
const VALUE = fc.string({ unit: "binary", maxLength: 400 })

const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = bytes.slice()
  const at = Math.floor(bit / 8) % copy.length
  copy[at] = (copy[at] as number) ^ (1 << (bit % 8))
  return copy
}

describe("a sealed value", () => {
  for (const vector of readVectors<Record<keyof VersionIds | "dek" | "sealed", string> & { value?: string }>("value")) {
    it(`answers ${vector.expect} to the frozen vector: ${vector.name}`, () => {
      const open = () => openValue(fromHex(vector.sealed), fromHex(vector.dek), idsOf(vector))
      expect(answerOf(open)).toBe(expectedOf(vector, vector.value))
    })
  }

  it("opens to exactly the text that was sealed", () => {
    fc.assert(fc.property(VALUE, (value) => {
      const { sealed, dek } = sealValue(value, IDS)
      expect(openValue(sealed, dek, IDS)).toBe(value)
    }))
  })

  it("opens at every length around the size classes, and beyond the largest value of a store", () => {
    for (const length of [0, 59, 60, 61, 67, 68, 69, 1020, 65_535, 65_536, 67_580, 67_581, 70_000, 1_000_000]) {
      for (const unit of ["x", "é", "😀"]) {
        const value = unit.repeat(Math.ceil(length / unit.length))
        const { sealed, dek } = sealValue(value, IDS)
        expect(openValue(sealed, dek, IDS) === value).toBe(true)
        expect(sealed.length).toBe(29 + paddedLength(4 + Buffer.byteLength(value)))
      }
    }
  })

  it("carries nothing of the value that was sealed before it", () => {
    sealValue("y".repeat(60_000), IDS)
    sealValue("z".repeat(90_000), IDS)
    const { sealed, dek } = sealValue("short", IDS)
    expect(openValue(sealed, dek, IDS)).toBe("short") // opening checks that the padding is all zero
  })

  it("shows only the size class of its value", () => {
    expect(sealValue("", IDS).sealed.length).toBe(sealValue("x".repeat(60), IDS).sealed.length)
  })

  it("has a key and a nonce of its own each time", () => {
    const one = sealValue("same", IDS)
    const two = sealValue("same", IDS)
    expect(hex(one.dek)).not.toBe(hex(two.dek))
    expect(hex(one.sealed.subarray(1, 13))).not.toBe(hex(two.sealed.subarray(1, 13)))
  })

  it("is refused after any flipped bit of it, of its key and of each of its ids", () => {
    fc.assert(fc.property(VALUE, fc.nat(), (value, bit) => {
      const { sealed, dek } = sealValue(value, IDS)
      const refused = (act: () => unknown) => expect(answerOf(act)).toBe("decryption_failed")
      refused(() => openValue(flipped(sealed, bit), dek, IDS))
      refused(() => openValue(sealed, flipped(dek, bit), IDS))
      for (const id of ["storeId", "secretId", "versionId"] as const) {
        refused(() => openValue(sealed, dek, { ...IDS, [id]: flipped(IDS[id], bit) }))
      }
    }))
  })

  it("is refused after any one flipped byte, at every place", () => {
    const { sealed, dek } = sealValue("sk-test-123", IDS)
    for (let at = 0; at < sealed.length; at++) {
      expect(answerOf(() => openValue(flipped(sealed, at * 8 + 3), dek, IDS))).toBe("decryption_failed")
    }
  })

  it("is refused at any other length", () => {
    const { sealed, dek } = sealValue("sk-test-123", IDS)
    for (let length = 0; length < sealed.length; length++) {
      expect(answerOf(() => openValue(sealed.subarray(0, length), dek, IDS))).toBe("decryption_failed")
    }
  })

  it("fails in one way that tells nothing", () => {
    const { sealed, dek } = sealValue("sk-test-123", IDS)
    expect(() => openValue(flipped(sealed, 200), dek, IDS)).toThrow(new SecretError("decryption_failed"))
  })

  it("takes a lone surrogate or an id of another length for a programmer's mistake", () => {
    expect(() => sealValue("a\ud800b", IDS)).toThrow(TypeError)
    expect(() => sealValue("a", { ...IDS, secretId: new Uint8Array(15) })).toThrow(TypeError)
  })
})

describe("a wrapped key", () => {
  type DekVector = Record<keyof VersionIds | "kek" | "wrapped", string> & { keyVersion: number; dek?: string }
  for (const vector of readVectors<DekVector>("dek-wrap")) {
    it(`answers ${vector.expect} to the frozen DEK: ${vector.name}`, () => {
      const aad = dekAad(idsOf(vector), vector.keyVersion)
      const unwrap = () => hex(unwrapKey(createXaesKey(fromHex(vector.kek)), fromHex(vector.wrapped), aad))
      expect(answerOf(unwrap)).toBe(expectedOf(vector, vector.dek))
    })
  }

  type RootVector = Record<"storeId" | "kek" | "wrapped", string> &
    { generation: number; keyVersion: number; root?: string; derived?: Record<string, string> }
  for (const vector of readVectors<RootVector>("root-wrap")) {
    it(`answers ${vector.expect} to the frozen root: ${vector.name}`, () => {
      const aad = rootAad(fromHex(vector.storeId), vector.generation, vector.keyVersion)
      const unwrap = () => hex(unwrapKey(createXaesKey(fromHex(vector.kek)), fromHex(vector.wrapped), aad))
      expect(answerOf(unwrap)).toBe(expectedOf(vector, vector.root))
    })
  }

  it("of a frozen root leads to the frozen keys of its purposes", () => {
    const [vector] = readVectors<RootVector>("root-wrap")
    const derived = Object.entries(vector?.derived ?? {})
    expect(derived.map(([label]) => label)).toEqual(["row tags", "tokens", "cursors", "fingerprints"])
    for (const [label, key] of derived) expect(hex(deriveKey(fromHex(vector?.root ?? ""), label))).toBe(key)
  })

  const VERSION = fc.maxSafeNat()
  const KEY = fc.uint8Array({ minLength: 32, maxLength: 32 })

  it("unwraps to the key, and is refused after any flipped bit and under any other key version", () => {
    fc.assert(fc.property(KEY, VERSION, VERSION, fc.nat(), (key, version, other, bit) => {
      const wrapped = wrapKey(KEK, key, dekAad(IDS, version))
      expect(hex(unwrapKey(KEK, wrapped, dekAad(IDS, version)))).toBe(hex(key))
      expect(answerOf(() => unwrapKey(KEK, flipped(wrapped, bit), dekAad(IDS, version)))).toBe("decryption_failed")
      fc.pre(version !== other)
      expect(answerOf(() => unwrapKey(KEK, wrapped, dekAad(IDS, other)))).toBe("decryption_failed")
    }))
  })

  it("is refused at any other length", () => {
    const aad = dekAad(IDS, 1)
    const wrapped = wrapKey(KEK, new Uint8Array(32), aad)
    for (let length = 0; length < wrapped.length; length++) {
      expect(answerOf(() => unwrapKey(KEK, wrapped.subarray(0, length), aad))).toBe("decryption_failed")
    }
  })

  it("binds its additional data byte by byte as docs/format.md says", () => {
    const ids = "a1".repeat(16) + "b2".repeat(16) + "c3".repeat(16)
    expect(hex(dekAad(IDS, 2 ** 32 + 5))).toBe(`${hex(Buffer.from("sotto/dek"))}0001${ids}0000000100000005`)
    const numbers = "0000000000000003" + "0000000000000007"
    expect(hex(rootAad(IDS.storeId, 3, 7))).toBe(`${hex(Buffer.from("sotto/root"))}0001${"a1".repeat(16)}${numbers}`)
  })

  it("takes a key version that is none for a programmer's mistake", () => {
    for (const version of [-1, 0.5, 2 ** 53, Number.NaN]) expect(() => dekAad(IDS, version)).toThrow(TypeError)
  })
})
