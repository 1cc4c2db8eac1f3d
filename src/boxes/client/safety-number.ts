import { sha512 } from "@noble/hashes/sha2.js"
import { concatBytes, utf8 } from "../../base/bytes.ts"
import { SecretError } from "../../base/errors.ts"
import { hexToBytes } from "../protocol/hex.ts"
import { isUsableId, type BoxId } from "../protocol/keys.ts"
import { parseKey, type KeyInput } from "./input.ts"

const LABEL = utf8("sotto/box safety number v1\0")
const ROUNDS = 5_200
const GROUPS = 6
const GROUP_BYTES = 5
const GROUP_SIZE = 100_000

/**
 * What two people compare, by voice or eye, to know that each has the other's key: 60 digits in 12 groups of 5, the same whichever
 * id comes first. Per key, as in Signal: h = SHA-512(label ‖ key), then 5,200 times h = SHA-512(h ‖ key); of h six times five bytes,
 * big-endian, modulo 100,000. The lesser half stands first. Whoever wants to imitate a key must do all rounds for each that they try.
 * @throws SecretError `invalid_argument` for an id that is no key
 */
export const safetyNumber = (idA: KeyInput, idB: KeyInput): string => [halfOf(idA), halfOf(idB)].sort().join(" ")

const halfOf = (given: KeyInput): string => {
  const key = hexToBytes(usable(parseKey("id", given)))
  let hash: Uint8Array = sha512(concatBytes(LABEL, key))
  for (let round = 0; round < ROUNDS; round++) hash = sha512(concatBytes(hash, key))
  return Array.from({ length: GROUPS }, (_, at) => digits(hash.subarray(GROUP_BYTES * at, GROUP_BYTES * (at + 1)))).join(" ")
}

const usable = (id: BoxId | null): BoxId => {
  if (id === null || !isUsableId(id)) throw new SecretError("invalid_argument", "a safety number is of two keys")
  return id
}

const digits = (bytes: Uint8Array): string => String(bytes.reduce((value, byte) => value * 256 + byte, 0) % GROUP_SIZE).padStart(GROUP_BYTES, "0")
