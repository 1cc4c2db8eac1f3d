import type * as z from "zod/mini"
import { utf8 } from "../../base/bytes.ts"
import { canonicalJson, type JsonValue } from "../../base/canonical-json.ts"
import { isSecretError, SecretError } from "../../base/errors.ts"
import { isSignedBy, type SigningKey } from "../../crypto/ed25519.ts"
import { parseArgs } from "../use-case.ts"
import { fromBase64Url, toBase64Url } from "../../crypto/base64url.ts"

/** What store and sandbox say to each other: one kind is never taken for another. */
export type StatementKind = "enrolment" | "hello" | "delivery" | "renewal" | "command" | "receipt" | "command end"

/** A statement on its way: what it says, and the proof of who says so, base64url. */
export interface Statement {
  body: JsonValue
  proof: string
}

/** What a proof is over: the kind, then the body as RFC 8785 prints it. */
export const statementBytes = (kind: StatementKind, body: JsonValue): Uint8Array => utf8(`sotto/v1/sandbox/${kind}\n${canonicalJson(body)}`)

export const signStatement = (kind: StatementKind, body: object, key: SigningKey): Statement => {
  const plain = body as JsonValue
  return { body: plain, proof: toBase64Url(key.sign(statementBytes(kind, plain))) }
}

/**
 * The body of a statement that the holder of a key signed. Whatever else arrives is refused alike: it may come from anywhere.
 * @throws SecretError `unauthorized`; nothing of what arrived is in it
 */
export const readStatement = <Schema extends z.ZodMiniType>(
  kind: StatementKind,
  { schema, given, publicKey }: { schema: Schema; given: unknown; publicKey: Uint8Array },
): z.output<Schema> => provedBody(kind, { schema, given, isProof: (bytes, proof) => isSignedBy(publicKey, bytes, proof) })

/** The same by any proof. */
export const provedBody = <Schema extends z.ZodMiniType>(
  kind: StatementKind,
  { schema, given, isProof }: { schema: Schema; given: unknown; isProof: (bytes: Uint8Array, proof: Uint8Array) => boolean },
): z.output<Schema> => {
  const statement = statementOf(given)
  const proof = statement === null ? null : fromBase64Url(statement.proof)
  if (statement === null || proof === null || !isProved(() => isProof(statementBytes(kind, statement.body), proof))) throw notAuthentic(kind)
  try {
    return parseArgs(schema, statement.body)
  } catch (error) {
    if (isSecretError(error)) throw notAuthentic(kind) // a wrong shape under a right proof is another version, or a lie
    throw error
  }
}

/** What has no canonical form was signed by nobody. */
const isProved = (ask: () => boolean): boolean => {
  try {
    return ask()
  } catch (error) {
    if (isSecretError(error)) return false
    throw error
  }
}

const statementOf = (given: unknown): Statement | null => {
  if (typeof given !== "object" || given === null) return null
  const { body, proof, ...more } = given as { body?: JsonValue; proof?: unknown }
  return typeof body === "object" && body !== null && typeof proof === "string" && Object.keys(more).length === 0 ? { body, proof } : null
}

const notAuthentic = (kind: StatementKind): SecretError => new SecretError("unauthorized", `what arrived is no authentic ${kind}`)
