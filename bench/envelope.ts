import { createSecretKey } from "node:crypto"
import { dekAad, openValue, sealValue, unwrapKey, wrapKey, type VersionIds } from "../src/crypto/envelope.ts"
import { paddedLength } from "../src/crypto/padme.ts"
import { randomBytes } from "../src/crypto/random.ts"
import { createXaesKey } from "../src/crypto/xaes-gcm.ts"
import { createDerivation, gcmOpen, gcmSeal } from "./bare-crypto.ts"
import { compare, type Operation } from "./measure.ts"
import { ratioAtLeast, type BenchRow } from "./row.ts"

export const SIZES_BYTES = [32, 1024, 65_536]
const VALUE_AAD_BYTES = 61

const KEK_BYTES = randomBytes(32)
const IDS: VersionIds = { storeId: randomBytes(16), secretId: randomBytes(16), versionId: randomBytes(16) }

/**
 * The envelope against the bare `node:crypto` calls that its format needs: the same keys, nonces, tags, additional data and
 * padded length, laid out beforehand, with no copy and no check. A value is text: the promise is kept beside calls that are
 * handed a string and asked for one; calls that leave even that out stand below.
 */
export const runEnvelopeBench = async (): Promise<BenchRow[]> => {
  const rows: BenchRow[] = []
  for (const valueBytes of SIZES_BYTES) {
    const text = "s".repeat(paddedLength(valueBytes + 4))
    const bytes = new TextEncoder().encode(text)
    rows.push(...(await measure("seal", valueBytes, [sottoSeal(valueBytes), bareSeal(text), bareSeal(bytes)])))
    rows.push(...(await measure("open", valueBytes, [sottoOpen(valueBytes), bareOpen(bytes, "text"), bareOpen(bytes, "bytes")])))
  }
  return rows
}

const measure = async (verb: "seal" | "open", valueBytes: number, sides: Operation[]): Promise<BenchRow[]> => {
  const { rates, ratios } = await compare(sides, { rounds: 61, sliceMs: 25 })
  const row = (other: number, against: string): BenchRow => ({
    operation: `envelope: ${verb}`, size: `${valueBytes} B`, unit: "ops/s", against,
    sotto: rates[0] as number, other: rates[other] as number, ratio: ratios[other] as number,
  })
  return [{ ...row(1, "node:crypto, text"), limit: ratioAtLeast(0.85) }, row(2, "node:crypto, bytes")]
}

export const sottoSeal = (valueBytes: number): Operation => {
  const kek = createXaesKey(KEK_BYTES)
  const value = "s".repeat(valueBytes)
  return () => {
    const { dek } = sealValue(value, IDS)
    wrapKey(kek, dek, dekAad(IDS, 1))
    dek.fill(0)
  }
}

export const sottoOpen = (valueBytes: number): Operation => {
  const kek = createXaesKey(KEK_BYTES)
  const { sealed, dek } = sealValue("s".repeat(valueBytes), IDS)
  const wrapped = wrapKey(kek, dek, dekAad(IDS, 1))
  return () => {
    const opened = unwrapKey(kek, wrapped, dekAad(IDS, 1))
    openValue(sealed, opened, IDS)
    opened.fill(0)
  }
}

const bareSeal = (plain: string | Uint8Array): Operation => {
  const derive = createDerivation(createSecretKey(KEK_BYTES))
  const valueAad = randomBytes(VALUE_AAD_BYTES)
  const wrapAad = dekAad(IDS, 1)
  return () => {
    const dek = randomBytes(32)
    gcmSeal(createSecretKey(dek), randomBytes(12), valueAad, plain)
    const nonce = randomBytes(24)
    gcmSeal(derive(nonce), nonce.subarray(12), wrapAad, dek)
  }
}

const bareOpen = (plain: Uint8Array, wanted: "bytes" | "text"): Operation => {
  const derive = createDerivation(createSecretKey(KEK_BYTES))
  const valueAad = randomBytes(VALUE_AAD_BYTES)
  const wrapAad = dekAad(IDS, 1)
  const dek = randomBytes(32)
  const nonce = randomBytes(24)
  const valueNonce = randomBytes(12)
  const wrapNonce = nonce.subarray(12)
  const value = gcmSeal(createSecretKey(dek), valueNonce, valueAad, plain)
  const wrap = gcmSeal(derive(nonce), wrapNonce, wrapAad, dek)
  return () => {
    const opened = gcmOpen(derive(nonce), wrapNonce, wrapAad, wrap)
    const bytes = gcmOpen(createSecretKey(opened), valueNonce, valueAad, value)
    if (wanted === "text") bytes.toString("utf8")
  }
}
