import { describe, expect, it } from "vitest"
import { expectedOf, fromHex, readVectors } from "./vectors/read-vectors.ts"

/*
 * A second reader, written from docs/format.md alone: WebCrypto and nothing else. It must import no code of Sotto's own;
 * what it shares with the first reader is the page, and that is what it tests.
 */

const { subtle } = globalThis.crypto
const ascii = new TextEncoder()

const join = (...parts: (Uint8Array | number[])[]): Uint8Array<ArrayBuffer> => Uint8Array.from(parts.flatMap((part) => [...part]))
const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
const bigEndian = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * (bytes - 1 - i))) & 0xffn))

interface Ids {
  storeId: string
  secretId: string
  versionId: string
}

const idsOf = (ids: Ids): Uint8Array => join(fromHex(ids.storeId), fromHex(ids.secretId), fromHex(ids.versionId))
const labelled = (label: string): Uint8Array => join(ascii.encode(label), [0x00, 0x01])

const openGcm = async (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Promise<Uint8Array> => {
  const imported = await subtle.importKey("raw", join(key), "AES-GCM", false, ["decrypt"])
  const parameters = { name: "AES-GCM", iv: join(nonce), additionalData: join(aad), tagLength: 128 }
  return new Uint8Array(await subtle.decrypt(parameters, imported, join(sealed)))
}

// §3: the bare block cipher out of AES-CBC
const encryptBlock = async (key: Uint8Array, block: Uint8Array): Promise<Uint8Array> => {
  const imported = await subtle.importKey("raw", join(key), "AES-CBC", false, ["encrypt"])
  const padded = await subtle.encrypt({ name: "AES-CBC", iv: new Uint8Array(16) }, imported, join(block))
  return new Uint8Array(padded).slice(0, 16)
}

const shiftLeft = (block: Uint8Array): Uint8Array => {
  const bits = Array.from(block, (byte) => byte.toString(2).padStart(8, "0")).join("")
  const shifted = `${bits.slice(1)}0`
  const bytes = Array.from({ length: 16 }, (_, i) => Number.parseInt(shifted.slice(8 * i, 8 * i + 8), 2))
  if (bits.startsWith("1")) bytes[15] = (bytes[15] as number) ^ 0x87
  return Uint8Array.from(bytes)
}

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ (b[i] as number))

const openXaes = async (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Promise<Uint8Array> => {
  const k1 = shiftLeft(await encryptBlock(key, new Uint8Array(16)))
  const head = nonce.slice(0, 12)
  const left = await encryptBlock(key, xor(join([0x00, 0x01, 0x58, 0x00], head), k1))
  const right = await encryptBlock(key, xor(join([0x00, 0x02, 0x58, 0x00], head), k1))
  return openGcm(join(left, right), nonce.slice(12), aad, sealed)
}

const assertRead = (condition: boolean): void => {
  if (!condition) throw new Error("decryption_failed")
}

// §2
const paddedLength = (length: number): number => {
  if (length <= 64) return 64
  const e = Math.floor(Math.log2(length))
  const s = Math.floor(Math.log2(e)) + 1
  const step = 2 ** (e - s)
  return Math.ceil(length / step) * step
}

const readValue = async (sealed: Uint8Array, dek: Uint8Array, ids: Ids): Promise<string> => {
  assertRead(sealed[0] === 0x01 && sealed.length >= 29)
  const plain = await openGcm(dek, sealed.slice(1, 13), join(labelled("sotto/value"), idsOf(ids)), sealed.slice(13))
  assertRead(plain.length >= 4)
  const end = 4 + new DataView(plain.buffer).getUint32(0)
  assertRead(end <= plain.length && plain.length === paddedLength(end))
  assertRead(plain.slice(end).every((byte) => byte === 0))
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain.slice(4, end))
}

const unwrap = async (kek: Uint8Array, wrapped: Uint8Array, aad: Uint8Array): Promise<string> => {
  assertRead(wrapped[0] === 0x01 && wrapped.length === 73)
  return toHex(await openXaes(kek, wrapped.slice(1, 25), aad, wrapped.slice(25)))
}

// §5
const derive = async (root: Uint8Array, label: string): Promise<string> => {
  const imported = await subtle.importKey("raw", join(root), "HKDF", false, ["deriveBits"])
  const info = join(ascii.encode(`sotto/v1/${label}`))
  const parameters = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info }
  return toHex(new Uint8Array(await subtle.deriveBits(parameters, imported, 256)))
}

type Column = null | number | string | { bytes: string }

// §6
const encodeColumn = (column: Column): Uint8Array => {
  if (column === null) return join([0x00], bigEndian(0, 4))
  if (typeof column === "number") return join([0x01], bigEndian(8, 4), bigEndian(column, 8))
  const content = typeof column === "string" ? ascii.encode(column) : fromHex(column.bytes)
  return join([typeof column === "string" ? 0x02 : 0x03], bigEndian(content.length, 4), content)
}

const isTag = async (key: Uint8Array, table: string, columns: Column[], tag: Uint8Array): Promise<boolean> => {
  const name = ascii.encode(table)
  const message = join([0x01], bigEndian(name.length, 4), name, bigEndian(columns.length, 4), ...columns.map(encodeColumn))
  const imported = await subtle.importKey("raw", join(key), { name: "HMAC", hash: "SHA-256" }, false, ["verify"])
  return subtle.verify("HMAC", imported, join(tag), message)
}

const answerOf = (work: Promise<string>): Promise<string> => work.catch(() => "decryption_failed")

describe("a second reader, written from docs/format.md with WebCrypto alone", () => {
  it("reads and refuses the frozen values as Sotto does", async () => {
    const vectors = readVectors<Ids & { sealed: string; dek: string; value?: string }>("value")
    expect(vectors.length).toBeGreaterThan(20)
    for (const vector of vectors) {
      const answer = await answerOf(readValue(fromHex(vector.sealed), fromHex(vector.dek), vector))
      expect([vector.name, answer]).toEqual([vector.name, expectedOf(vector, vector.value)])
    }
  })

  it("unwraps and refuses the frozen DEKs as Sotto does", async () => {
    for (const vector of readVectors<Ids & { kek: string; keyVersion: number; wrapped: string; dek?: string }>("dek-wrap")) {
      const aad = join(labelled("sotto/dek"), idsOf(vector), bigEndian(vector.keyVersion, 8))
      const answer = await answerOf(unwrap(fromHex(vector.kek), fromHex(vector.wrapped), aad))
      expect([vector.name, answer]).toEqual([vector.name, expectedOf(vector, vector.dek)])
    }
  })

  interface RootVector {
    storeId: string
    kek: string
    generation: number
    keyVersion: number
    wrapped: string
    root?: string
    derived?: Record<string, string>
  }

  it("unwraps and refuses the frozen roots as Sotto does, and derives the same keys", async () => {
    for (const vector of readVectors<RootVector>("root-wrap")) {
      const numbers = [...bigEndian(vector.generation, 8), ...bigEndian(vector.keyVersion, 8)]
      const aad = join(labelled("sotto/root"), fromHex(vector.storeId), numbers)
      const answer = await answerOf(unwrap(fromHex(vector.kek), fromHex(vector.wrapped), aad))
      expect([vector.name, answer]).toEqual([vector.name, expectedOf(vector, vector.root)])
      for (const [label, key] of Object.entries(vector.derived ?? {})) expect(await derive(fromHex(answer), label)).toBe(key)
    }
  })

  it("accepts and refuses the frozen row tags as Sotto does", async () => {
    for (const vector of readVectors<{ key: string; table: string; columns: Column[]; tag: string }>("row-tag")) {
      const accepted = await isTag(fromHex(vector.key), vector.table, vector.columns, fromHex(vector.tag))
      expect([vector.name, accepted]).toEqual([vector.name, vector.expect === "ok"])
    }
  })
})
