import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto"
import { pathToFileURL } from "node:url"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { dekAad, openValue, sealValue, unwrapKey, wrapKey, type VersionIds } from "../src/crypto/envelope.ts"
import { paddedLength } from "../src/crypto/padme.ts"
import { randomBytes } from "../src/crypto/random.ts"
import { createXaesKey } from "../src/crypto/xaes-gcm.ts"

export interface EnvelopeBenchRow {
  operation: "seal" | "open"
  valueBytes: number
  /** Operations a second, medians of the rounds. */
  sotto: number
  bareBytes: number
  bareText: number
  /** Medians of the ratios within the rounds: 1 is as fast as the bare calls. */
  ratioToBytes: number
  ratioToText: number
}

const SIZES_BYTES = [32, 1024, 65_536]
const ROUNDS = 25
const SLICE_MS = 30
const VALUE_AAD_BYTES = 61

const KEK_BYTES = randomBytes(32)
const IDS: VersionIds = { storeId: randomBytes(16), secretId: randomBytes(16), versionId: randomBytes(16) }

/**
 * Our envelope against the bare `node:crypto` calls that its format needs: the same keys, nonces, tags, additional data and
 * padded length, laid out beforehand, with no copy and no check. A value is text: `bareText` hands the calls a string and asks
 * them for one; `bareBytes` leaves even that out.
 */
export const runEnvelopeBench = async (): Promise<{ rows: EnvelopeBenchRow[] }> => {
  const rows: EnvelopeBenchRow[] = []
  for (const valueBytes of SIZES_BYTES) {
    const text = "s".repeat(paddedLength(valueBytes + 4))
    const bytes = new TextEncoder().encode(text)
    rows.push(measure("seal", valueBytes, [sottoSeal(valueBytes), bareSeal(bytes), bareSeal(text)]))
    rows.push(measure("open", valueBytes, [sottoOpen(valueBytes), bareOpen(bytes, "bytes"), bareOpen(bytes, "text")]))
  }
  return { rows }
}

const measure = (operation: "seal" | "open", valueBytes: number, sides: (() => void)[]): EnvelopeBenchRow => {
  for (const side of sides) for (let i = 0; i < 3; i++) rate(side)
  const rates: number[][] = sides.map(() => [])
  for (let round = 0; round < ROUNDS; round++) {
    // Another side goes first in each round: a drift of the machine favours none.
    for (let i = 0; i < sides.length; i++) {
      const turn = (round + i) % sides.length
      rates[turn]?.push(rate(sides[turn] as () => void))
    }
  }
  const [sotto, bareBytes, bareText] = rates as [number[], number[], number[]]
  const ratioTo = (bare: number[]): number => median(sotto.map((own, round) => own / (bare[round] as number)))
  return {
    operation, valueBytes, sotto: median(sotto), bareBytes: median(bareBytes), bareText: median(bareText),
    ratioToBytes: ratioTo(bareBytes), ratioToText: ratioTo(bareText),
  }
}

/** Collecting beforehand makes each side pay for its own garbage. */
const createCollector = (): (() => void) => {
  setFlagsFromString("--expose-gc")
  return runInNewContext("gc") as () => void
}
const collectGarbage = createCollector()

/** Calls a second. */
const rate = (operation: () => void): number => {
  collectGarbage()
  const startMs = performance.now()
  let calls = 0
  let elapsedMs = 0
  while (elapsedMs < SLICE_MS) {
    for (let i = 0; i < 20; i++) operation()
    calls += 20
    elapsedMs = performance.now() - startMs
  }
  return (calls * 1000) / elapsedMs
}

const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN

const sottoSeal = (valueBytes: number): (() => void) => {
  const kek = createXaesKey(KEK_BYTES)
  const value = "s".repeat(valueBytes)
  return () => {
    const { dek } = sealValue(value, IDS)
    wrapKey(kek, dek, dekAad(IDS, 1))
    dek.fill(0)
  }
}

const sottoOpen = (valueBytes: number): (() => void) => {
  const kek = createXaesKey(KEK_BYTES)
  const { sealed, dek } = sealValue("s".repeat(valueBytes), IDS)
  const wrapped = wrapKey(kek, dek, dekAad(IDS, 1))
  return () => {
    const opened = unwrapKey(kek, wrapped, dekAad(IDS, 1))
    openValue(sealed, opened, IDS)
    opened.fill(0)
  }
}

const bareSeal = (plain: string | Uint8Array): (() => void) => {
  const kek = createSecretKey(KEK_BYTES)
  const blocks = randomBytes(32)
  const valueAad = randomBytes(VALUE_AAD_BYTES)
  const wrapAad = dekAad(IDS, 1)
  return () => {
    const dek = randomBytes(32)
    gcmSeal(createSecretKey(dek), randomBytes(12), valueAad, plain)
    const nonce = randomBytes(24)
    gcmSeal(ecb(kek, blocks), nonce.subarray(12), wrapAad, dek)
  }
}

const bareOpen = (plain: Uint8Array, wanted: "bytes" | "text"): (() => void) => {
  const kek = createSecretKey(KEK_BYTES)
  const blocks = randomBytes(32)
  const valueAad = randomBytes(VALUE_AAD_BYTES)
  const wrapAad = dekAad(IDS, 1)
  const dek = randomBytes(32)
  const nonce = randomBytes(12)
  const value = gcmSeal(createSecretKey(dek), nonce, valueAad, plain)
  const wrap = gcmSeal(ecb(kek, blocks), nonce, wrapAad, dek)
  return () => {
    const opened = gcmOpen(ecb(kek, blocks), nonce, wrapAad, wrap)
    const bytes = gcmOpen(createSecretKey(opened), nonce, valueAad, value)
    if (wanted === "text") bytes.toString("utf8")
  }
}

/** The two blocks of the derivation of XAES-256-GCM. */
const ecb = (kek: KeyObject, blocks: Uint8Array): KeyObject =>
  createSecretKey(createCipheriv("aes-256-ecb", kek, null).setAutoPadding(false).update(blocks))

interface Sealed {
  ct: Uint8Array
  tag: Uint8Array
}

const gcmSeal = (key: KeyObject, nonce: Uint8Array, aad: Uint8Array, plain: string | Uint8Array): Sealed => {
  const cipher = createCipheriv("aes-256-gcm", key, nonce)
  cipher.setAAD(aad)
  const ct = typeof plain === "string" ? cipher.update(plain, "utf8") : cipher.update(plain)
  cipher.final()
  return { ct, tag: cipher.getAuthTag() }
}

const gcmOpen = (key: KeyObject, nonce: Uint8Array, aad: Uint8Array, { ct, tag }: Sealed): Buffer => {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce)
  decipher.setAAD(aad)
  decipher.setAuthTag(tag)
  const plain = decipher.update(ct)
  decipher.final()
  return plain
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { rows } = await runEnvelopeBench()
  console.table(rows.map((row) => ({
    ...row,
    sotto: Math.round(row.sotto), bareBytes: Math.round(row.bareBytes), bareText: Math.round(row.bareText),
    ratioToBytes: row.ratioToBytes.toFixed(2), ratioToText: row.ratioToText.toFixed(2),
  })))
}
