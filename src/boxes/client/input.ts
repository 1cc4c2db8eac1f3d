import { hex } from "../../base/bytes.ts"
import { SecretError } from "../../base/errors.ts"
import type { BoxId } from "../protocol/keys.ts"

/** 32 bytes, or 64 lower-case hex characters with or without `0x`. */
export type KeyInput = string | Uint8Array

/** Somebody's id, or what has one: a client. */
export type IdInput = KeyInput | { readonly id?: string | null; readonly publicKeyHex?: string | null; readonly keysReady?: unknown }

const KEY_BYTES = 32

/** @returns 64 hex characters; null for what was not given. @throws SecretError `invalid_argument`, in the original's words */
export const parseKey = (name: string, given: unknown): string | null => {
  if (given === undefined || given === null) return null
  const fault = faultOf(given)
  if (fault !== null) {
    const verb = name === "secretKeyHex" ? "ensuring" : "ensureing" // as the original spells them
    throw new SecretError("invalid_argument", `error occured in ${verb} the correct format of ${name}!\n: ${fault}`, { details: { option: name } })
  }
  return given instanceof Uint8Array ? hex(given) : withoutPrefix(given as string)
}

const faultOf = (given: unknown): string | null => {
  if (given instanceof Uint8Array) return given.length === KEY_BYTES ? null : "Invalid length!"
  if (typeof given !== "string") return "Invalid type, hexString or Uint8Array expected!"
  const text = withoutPrefix(given)
  if (text.length !== 2 * KEY_BYTES) return "Invalid length!"
  return /^[0-9a-f]*$/.test(text) ? null : "Non-hex character!"
}

/** The original looks at the second character alone. */
const withoutPrefix = (text: string): string => (text[1] === "x" ? text.slice(2) : text)

/** @throws SecretError `invalid_argument` */
export const parseId = async (name: string, given: IdInput): Promise<BoxId> => {
  const id = parseKey(name, await idOf(given))
  if (id === null) throw new SecretError("invalid_argument", `${name} is missing`, { details: { option: name } })
  return id
}

/** A client's id, once it has its keys. */
const idOf = async (given: IdInput): Promise<unknown> => {
  if (typeof given !== "object" || given === null || given instanceof Uint8Array) return given
  await given.keysReady
  return given.id ?? given.publicKeyHex
}
