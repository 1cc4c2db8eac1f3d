import { hash } from "node:crypto"
import { utf8 } from "../../base/bytes.ts"
import { BINDING_HEADER, bindingBytes, parseBinding, type Binding } from "../protocol/binding.ts"
import { hexToBytes } from "../protocol/hex.ts"
import type { BodyOf, RouteName } from "../protocol/routes.ts"
import { signedText } from "../protocol/signed-text.ts"
import { timestampFault } from "../protocol/timestamp.ts"
import type { Peer, Peers } from "./peers.ts"
import { notAuthenticated } from "./refusal.ts"

export const sha256 = (text: string | Uint8Array): Uint8Array => hash("sha256", text, "buffer")

export interface Proof {
  peer: Peer
  /** What remembers the signature: SHA-256 of its text. */
  signatureHash: Uint8Array
  /** null where the client is the original, which names no server. */
  binding: Binding | null
}

interface Proving {
  peers: Peers
  serverId: string
  now: number
}

interface Received {
  route: RouteName
  body: BodyOf<"getSecretSpace">
  /** The body as it came. */
  text: string
  bindingHeader: string | undefined
}

/**
 * Who sends a request: time first, then the signature over the body as it was received but for its white space, then, where the
 * client names a server, the signature over that. Nothing is looked up and nothing remembered before. @throws Refusal 401
 */
export const authenticate = async ({ route, body, text, bindingHeader }: Received, { peers, serverId, now }: Proving): Promise<Proof> => {
  const fault = timestampFault(body.timestamp, now)
  if (fault !== null) throw notAuthenticated(fault)
  const peer = peers.find(body.publicKey)
  const binding = bindingHeader === undefined ? null : parseBinding(bindingHeader)
  const [isSigned, isBound] = await Promise.all([
    peer.isSignedBy(sha256(signedText(route, body)), hexToBytes(body.signature)),
    binding?.serverId === serverId && peer.isSignedBy(bindingBytes({ serverId, route, bodyHash: sha256(utf8(text)) }), hexToBytes(binding.signature)),
  ])
  if (!isSigned) throw notAuthenticated("Invalid Signature!")
  if (bindingHeader !== undefined && !isBound) throw notAuthenticated(binding === null || binding.serverId === serverId ? `Invalid ${BINDING_HEADER}!` : "This request is for another server!")
  return { peer, signatureHash: sha256(body.signature), binding }
}
