import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto"
import { pathToFileURL } from "node:url"
import { dekAad, openValue, sealValue, unwrapKey, wrapKey, type VersionIds } from "../src/crypto/envelope.ts"
import { paddedLength } from "../src/crypto/padme.ts"
import { randomBytes } from "../src/crypto/random.ts"
import { createXaesKey } from "../src/crypto/xaes-gcm.ts"

export interface EnvelopeBenchRow {
  operation: "seal" | "open"
  valueBytes: number
  /** Operations a second, median of the rounds. */
  sotto: number
  bare: number
  /** Median of the ratios within the rounds: 1 is as fast as the bare calls. */
  ratio: number
}

const SIZES_BYTES = [32, 1024, 65_536]
const ROUNDS = 15
const SLICE_MS = 60
const TARGET = 0.85

const KEK_BYTES = randomBytes(32)
const IDS: VersionIds = { storeId: randomBytes(16), secretId: randomBytes(16), versionId: randomBytes(16) }

/**
 * Our envelope against the bare `node:crypto` calls that its format needs: the same keys, nonces, tags, additional data and
 * padded length, with every byte laid out beforehand. The bare side makes no string, no layout, no copy and no check.
 */
export const runEnvelopeBench = async (): Promise<{ rows: EnvelopeBenchRow[] }> => {
  const rows: EnvelopeBenchRow[] = []
  for (const valueBytes of SIZES_BYTES) {
    rows.push(measure("seal", valueBytes, sottoSeal(valueBytes), bareSeal(valueBytes)))
    rows.push(measure("open", valueBytes, sottoOpen(valueBytes), bareOpen(valueBytes)))
  }
  return { rows }
}

const measure = (operation: "seal" | "open", valueBytes: number, sotto: () => void, bare: () => void): EnvelopeBenchRow => {
  rate(sotto)
  rate(bare)
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    // Taking turns at going first keeps a drift of the machine from favouring one side.
    if (round % 2 === 0) return { sotto: rate(sotto), bare: rate(bare) }
    const bareFirst = rate(bare)
    return { sotto: rate(sotto), bare: bareFirst }
  })
  return {
    operation,
    valueBytes,
    sotto: median(rounds.map((round) => round.sotto)),
    bare: median(rounds.map((round) => round.bare)),
    ratio: median(rounds.map((round) => round.sotto / round.bare)),
  }
}

/** Calls a second. */
const rate = (operation: () => void): number => {
  const startMs = performance.now()
  let calls = 0
  let elapsedMs = 0
  while (elapsedMs < SLICE_MS) {
    for (let i = 0; i < 50; i++) operation()
    calls += 50
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

const bareSeal = (valueBytes: number): (() => void) => {
  const kek = createSecretKey(KEK_BYTES)
  const plain = new Uint8Array(paddedLength(valueBytes + 4)).fill(0x73)
  const blocks = randomBytes(32)
  const valueAad = randomBytes(61)
  const wrapAad = dekAad(IDS, 1)
  return () => {
    const dek = randomBytes(32)
    gcmSeal(createSecretKey(dek), randomBytes(12), valueAad, plain)
    const nonce = randomBytes(24)
    gcmSeal(ecb(kek, blocks), nonce.subarray(12), wrapAad, dek)
  }
}

const bareOpen = (valueBytes: number): (() => void) => {
  const kek = createSecretKey(KEK_BYTES)
  const blocks = randomBytes(32)
  const valueAad = randomBytes(61)
  const wrapAad = dekAad(IDS, 1)
  const dek = randomBytes(32)
  const nonce = randomBytes(12)
  const value = gcmSeal(createSecretKey(dek), nonce, valueAad, new Uint8Array(paddedLength(valueBytes + 4)))
  const wrap = gcmSeal(ecb(kek, blocks), nonce, wrapAad, dek)
  return () => {
    const opened = gcmOpen(ecb(kek, blocks), nonce, wrapAad, wrap)
    gcmOpen(createSecretKey(opened), nonce, valueAad, value)
  }
}

/** The two blocks of the derivation of XAES-256-GCM. */
const ecb = (kek: KeyObject, blocks: Uint8Array): KeyObject =>
  createSecretKey(createCipheriv("aes-256-ecb", kek, null).setAutoPadding(false).update(blocks))

interface Sealed {
  ct: Uint8Array
  tag: Uint8Array
}

const gcmSeal = (key: KeyObject, nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array): Sealed => {
  const cipher = createCipheriv("aes-256-gcm", key, nonce)
  cipher.setAAD(aad)
  const ct = cipher.update(plain)
  cipher.final()
  return { ct, tag: cipher.getAuthTag() }
}

const gcmOpen = (key: KeyObject, nonce: Uint8Array, aad: Uint8Array, { ct, tag }: Sealed): Uint8Array => {
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
    ...row, sotto: Math.round(row.sotto), bare: Math.round(row.bare), ratio: row.ratio.toFixed(2), met: row.ratio >= TARGET,
  })))
}
