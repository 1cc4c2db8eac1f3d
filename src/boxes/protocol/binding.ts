import { concatBytes, utf8 } from "../../base/bytes.ts"
import { hexToBytes } from "./hex.ts"

/**
 * What Sotto's own client adds to a request: a second signature in a header that names the server and covers the body, so that
 * no other server can hand the request on; and what Sotto's server then signs of its answer. The original ignores both.
 */
export const BINDING_HEADER = "x-sotto-box"
export const REPLY_HEADER = "x-sotto-box-reply"

const VERSION = "v1"
const REQUEST_LABEL = utf8("sotto/box request v1\0")
const REPLY_LABEL = utf8("sotto/box reply v1\0")
const SHA256_BYTES = 32

export interface Binding {
  /** The server's key, 64 hex characters. */
  serverId: string
  /** 128 hex characters. */
  signature: string
}

export const formatBinding = ({ serverId, signature }: Binding): string => `${VERSION} ${serverId} ${signature}`

/** @returns null for anything else */
export const parseBinding = (header: string): Binding | null => {
  const [, serverId, signature] = /^v1 ([0-9a-f]{64}) ([0-9a-f]{128})$/.exec(header) ?? []
  return serverId === undefined || signature === undefined ? null : { serverId, signature }
}

/**
 * The bytes that a binding signs with plain Ed25519: label, server id (32 bytes), route (length as uint32, UTF-8), SHA-256 of the
 * body as it is sent (32 bytes).
 */
export const bindingBytes = ({ serverId, route, bodyHash }: { serverId: string; route: string; bodyHash: Uint8Array }): Uint8Array =>
  concatBytes(REQUEST_LABEL, hexToBytes(serverId), prefixed(utf8(route)), hashOf(bodyHash))

/**
 * The bytes that the server signs of an answer to a bound request: label, the binding's signature (64 bytes), status (uint32),
 * SHA-256 of the answer's body.
 */
export const replyBytes = ({ binding, status, bodyHash }: { binding: Binding; status: number; bodyHash: Uint8Array }): Uint8Array =>
  concatBytes(REPLY_LABEL, hexToBytes(binding.signature), uint32(status), hashOf(bodyHash))

/** Its length as uint32 BE, then the bytes: no two lists of parts have one encoding. */
export const prefixed = (bytes: Uint8Array): Uint8Array => concatBytes(uint32(bytes.length), bytes)

const uint32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

const hashOf = (hash: Uint8Array): Uint8Array => {
  if (hash.length !== SHA256_BYTES) throw new TypeError("a body's hash has 32 bytes")
  return hash
}
