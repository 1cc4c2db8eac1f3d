import { unavailable } from "../answers.ts"

const SIGNATURE = [0x9aa2d903, 0xb54bfb67] as const
const MAX_ROUNDS = 500_000_000n
const MAX_MEMORY = 1n << 30n
const MAX_WORK = 1n << 36n
const MAX_LANES = 64n

/**
 * What a database asks of whoever opens it, looked at before anything is derived: a file from a stranger must not cost hours or
 * all memory. KDBX 3.1 and 4; https://keepass.info/help/kb/kdbx.html.
 * @throws SecretError `SECRETS_PROVIDER_UNAVAILABLE` with reason `corrupt`, `unsupported` or `too_costly`
 */
export const assertBearable = (bytes: Uint8Array): void => {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (view.getUint32(0, true) !== SIGNATURE[0] || view.getUint32(4, true) !== SIGNATURE[1]) throw unavailable("unsupported", "the file is no KeePass database of version 3 or 4")
    const version = view.getUint16(10, true)
    if (version !== 3 && version !== 4) throw unavailable("unsupported", "the file is no KeePass database of version 3 or 4")
    for (const { id, data } of headerFields(view, version === 3 ? 2 : 4)) {
      if (id === ROUNDS_FIELD) assertCost(data.getBigUint64(0, true), MAX_ROUNDS)
      if (id === KDF_FIELD) assertKdf(data)
    }
  } catch (error) {
    if (error instanceof RangeError) throw unavailable("corrupt", "the KeePass database is cut off or damaged")
    throw error
  }
}

const END_FIELD = 0
const ROUNDS_FIELD = 6
const KDF_FIELD = 11

function* headerFields(view: DataView, lengthBytes: 2 | 4): Generator<{ id: number; data: DataView }> {
  for (let at = 12; ; ) {
    const id = view.getUint8(at)
    const length = lengthBytes === 2 ? view.getUint16(at + 1, true) : view.getUint32(at + 1, true)
    if (id === END_FIELD) return
    yield { id, data: new DataView(view.buffer, view.byteOffset + at + 1 + lengthBytes, length) }
    at += 1 + lengthBytes + length
  }
}

/** A dictionary of variants: R rounds of AES; M bytes of memory, I passes and P lanes of Argon2. */
const assertKdf = (data: DataView): void => {
  const numbers = new Map<string, bigint>()
  for (let at = 2; data.getUint8(at) !== 0; ) {
    const type = data.getUint8(at)
    const nameLength = data.getUint32(at + 1, true)
    const name = new TextDecoder().decode(new Uint8Array(data.buffer, data.byteOffset + at + 5, nameLength))
    const valueAt = at + 5 + nameLength
    const length = data.getUint32(valueAt, true)
    if (type === 0x04) numbers.set(name, BigInt(data.getUint32(valueAt + 4, true)))
    if (type === 0x05) numbers.set(name, data.getBigUint64(valueAt + 4, true))
    at = valueAt + 4 + length
  }
  const [rounds, memory, passes, lanes] = ["R", "M", "I", "P"].map((name) => numbers.get(name) ?? 0n) as [bigint, bigint, bigint, bigint]
  assertCost(rounds, MAX_ROUNDS)
  assertCost(memory, MAX_MEMORY)
  assertCost(memory * passes, MAX_WORK)
  assertCost(lanes, MAX_LANES)
}

const assertCost = (asked: bigint, limit: bigint): void => {
  if (asked > limit) throw unavailable("too_costly", "the KeePass database asks for more work or memory than Sotto gives to open one")
}
