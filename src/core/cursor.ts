import { fromBase64Url, toBase64Url } from "../crypto/base64url.ts"
import { canonicalJson, type JsonValue } from "../base/canonical-json.ts"
import { concatBytes, fromUtf8, utf8 } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import { equalConstantTime, hmacSha256 } from "../crypto/mac.ts"
import { currentRoot, type StoreKeys } from "./store-keys.ts"

/**
 * A cursor says where a listing goes on. It is opaque, made by this store and bound to its query: a foreign, forged or
 * outdated one is refused, and a listing still applies its own bounds, so that none can show another namespace.
 */
const TAG_BYTES = 16

/** What makes two queries the same one: members that are undefined do not count. */
type Query = readonly unknown[]

const tagOf = (keys: StoreKeys, query: Query, position: Uint8Array): Uint8Array => {
  const bound = utf8(canonicalJson(JSON.parse(JSON.stringify(query)) as JsonValue))
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, bound.length)
  return hmacSha256(currentRoot(keys).cursors, length, bound, position).subarray(0, TAG_BYTES)
}

export const sealCursor = (keys: StoreKeys, query: Query, position: JsonValue): string => {
  const bytes = utf8(canonicalJson(position))
  return toBase64Url(concatBytes(tagOf(keys, query, bytes), bytes))
}

/** @throws SecretError `invalid_argument` for a cursor that this query of this store did not give */
export const openCursor = <Position>(keys: StoreKeys, query: Query, cursor: string): Position => {
  const bytes = fromBase64Url(cursor)
  if (bytes === null || bytes.length <= TAG_BYTES) throw badCursor()
  const position = bytes.subarray(TAG_BYTES)
  if (!equalConstantTime(tagOf(keys, query, position), bytes.subarray(0, TAG_BYTES))) throw badCursor()
  return JSON.parse(fromUtf8(position)) as Position
}

const badCursor = (): SecretError =>
  new SecretError("invalid_argument", "the cursor is not one of this listing's", {
    help: "Start again without a cursor; a cursor goes only with the query that gave it.",
  })
