import { concatBytes, utf8 } from "../../base/bytes.ts"
import { paddedLength } from "../../crypto/padme.ts"
import { prefixed } from "./binding.ts"
import { hexToBytes } from "./hex.ts"
import type { BoxId } from "./keys.ts"

/**
 * Text before a value, up to the first NUL, inside the encryption: the original drops it, whatever it says. Sotto writes there
 * who wrote the value, for whom, under which name and in which order, with a signature over all of it and the value.
 */
export type SecretKind = "own" | "shared"

/** `bytes`: the content is base64url of what the writer gave. The original reads that text. */
export type ContentType = "text" | "bytes"

export interface Authorship {
  kind: SecretKind
  recipient: BoxId
  sender: BoxId
  secretId: string
  /** Rises with each value that the sender writes under this name for this recipient. */
  counter: number
  /** The sender's clock, milliseconds since 1970. */
  created: number
  type: ContentType
}

/** What stands in the salt; the rest of the authorship is what the reader asked for. */
export type SignedSalt = Pick<Authorship, "counter" | "created" | "type"> & {
  from: BoxId
  /** 128 hex characters. */
  sig: string
}

const PREFIX = "smv2:"
const LABEL = utf8("smv2\0")
const NUL = "\0"
const PAD = "0"
const SIGNATURE = /^[0-9a-f]{128}$/
const ID = /^[0-9a-f]{64}$/

/** The bytes that the sender signs with plain Ed25519: a label, then each part with its length as uint32 before it. */
export const authorshipBytes = ({ kind, recipient, sender, secretId, counter, created, type }: Authorship, content: string): Uint8Array => {
  const parts = [utf8(kind), hexToBytes(recipient), hexToBytes(sender), exactText(secretId), uint64(counter), uint64(created), utf8(type), exactText(content)]
  return concatBytes(LABEL, ...parts.map(prefixed))
}

/** JSON keeps lone surrogates apart, which UTF-8 does not. */
const exactText = (text: string): Uint8Array => utf8(JSON.stringify(text))

const uint64 = (value: number): Uint8Array => {
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError("a counter is a safe integer from 0 on")
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}

/** The salted content, padded to its size class with what the original drops as well. */
export const saltContent = (salt: SignedSalt, content: string): string => {
  const head = `${PREFIX}${toBase64Url(JSON.stringify(salt))}.`
  const length = head.length + NUL.length + utf8(content).length
  return head + PAD.repeat(paddedLength(length) - length) + NUL + content
}

export interface Salted {
  /** null where nobody signed. */
  signed: SignedSalt | null
  content: string
}

/** @returns null where there is no salt at all */
export const splitSalted = (text: string): Salted | null => {
  const end = text.indexOf(NUL)
  return end < 0 ? null : { signed: parseSalt(text.slice(0, end)), content: text.slice(end + 1) }
}

const parseSalt = (salt: string): SignedSalt | null => {
  if (!salt.startsWith(PREFIX)) return null
  const found = jsonOf(salt.slice(PREFIX.length).split(".")[0] as string)
  const { from, counter, created, type, sig } = (found ?? {}) as Partial<Record<keyof SignedSalt, unknown>>
  if (typeof from !== "string" || !ID.test(from) || typeof sig !== "string" || !SIGNATURE.test(sig)) return null
  if (!isCount(counter) || !isCount(created) || (type !== "text" && type !== "bytes")) return null
  return { from, counter, created, type, sig }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/"))) as unknown
  } catch {
    return null
  }
}

/** RFC 4648 §5 without padding, of ASCII. */
const toBase64Url = (text: string): string => btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")

/** Content that nobody signed, padded to its size class: any text up to the first NUL is a salt. */
export const padContent = (content: string): string => {
  const length = utf8(content).length + NUL.length
  return PAD.repeat(paddedLength(length) - length) + NUL + content
}
