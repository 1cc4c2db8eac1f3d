import { SecretError } from "../../base/errors.ts"
import type { BoxId } from "../protocol/keys.ts"
import { authorshipBytes, saltContent, splitSalted, type Authorship, type ContentType, type Salted, type SignedSalt } from "../protocol/salt.ts"
import { fromBase64Url, toBase64Url } from "./base64.ts"
import { notAuthentic } from "./failures.ts"
import type { ValueName } from "./freshness.ts"
import type { Identity } from "./identity.ts"

export interface Content {
  content: string
  type: ContentType
}

/** A value as text, as the original writes it: objects as JSON, bytes as base64url, which a signature names as such. */
export const contentOf = (value: unknown): Content => {
  if (value instanceof Uint8Array) return { content: toBase64Url(value), type: "bytes" }
  return { content: textOf(value).toWellFormed(), type: "text" } // else a signature would cover other bytes than a reader gets
}

const textOf = (value: unknown): string => {
  if (typeof value === "function" || typeof value === "symbol") throw new SecretError("invalid_argument", "a function or a symbol is no value")
  if (typeof value !== "object") return `${value as string | number}`
  try {
    return JSON.stringify(value) ?? "undefined"
  } catch {
    throw new SecretError("invalid_argument", "the value has no JSON form")
  }
}

/** What is read back: of text, what JSON says it is; anything else as it stands. @throws SecretError `not_authentic` */
export const valueOf = (content: string, signed: SignedSalt | null): unknown => {
  if (signed?.type !== "bytes") return parsedOrText(content)
  const bytes = fromBase64Url(content)
  if (bytes === null) throw notAuthentic()
  return bytes
}

const parsedOrText = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export interface Writing {
  kind: Authorship["kind"]
  recipient: BoxId
  secretId: string
  counter: number
  created: number
}

/** The inner layer, with who wrote it: JSON text of `SealedText`. */
export const sealContent = async (identity: Identity, { content, type }: Content, writing: Writing): Promise<{ secret: string; salt: SignedSalt }> => {
  const { counter, created, recipient } = writing
  const sig = await identity.sign(authorshipBytes({ ...writing, type, sender: identity.id }, content))
  const salt: SignedSalt = { from: identity.id, counter, created, type, sig }
  return { secret: JSON.stringify(await identity.sealTo(recipient, saltContent(salt, content))), salt }
}

/**
 * What a box gives out, opened: the server's layer and, where there is one, the writer's within. A signature that is there must be the
 * expected writer's, for this reader, this kind and this id. @throws SecretError `not_authentic`, whatever is wrong
 */
export const openContent = async (identity: Identity, sealed: unknown, name: ValueName): Promise<Salted> => {
  try {
    const salted = await innermost(identity, sealed)
    return salted.signed === null || (await isRightlySigned(identity, salted, { ...name, signed: salted.signed })) ? salted : refuse()
  } catch {
    throw notAuthentic()
  }
}

const refuse = (): never => {
  throw notAuthentic()
}

const innermost = async (identity: Identity, sealed: unknown): Promise<Salted> => {
  const outer = await unsalted(identity, sealed)
  const inner = parsedOrText(outer.content)
  const { encryptedContent, encryptedContentHex } = (inner ?? {}) as Record<string, unknown>
  return encryptedContent || encryptedContentHex ? unsalted(identity, inner) : outer
}

const unsalted = async (identity: Identity, sealed: unknown): Promise<Salted> => splitSalted(await identity.unseal(sealed)) ?? refuse()

const isRightlySigned = async (identity: Identity, { content }: Salted, { signed, ...name }: ValueName & { signed: SignedSalt }): Promise<boolean> => {
  const { from, sig, ...salt } = signed
  return from === name.sender && (await identity.isSigned(from, authorshipBytes({ ...name, ...salt, recipient: identity.id }, content), sig))
}

/** One layer: the JSON that describes a box or a sender's space. @throws SecretError `not_authentic` */
export const openDescription = async (identity: Identity, sealed: unknown): Promise<unknown> => {
  try {
    return JSON.parse((await unsalted(identity, sealed)).content)
  } catch {
    throw notAuthentic()
  }
}
