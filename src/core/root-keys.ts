import { wipe } from "../base/bytes.ts"
import { signingKeyOf, type SigningKey } from "../crypto/ed25519.ts"
import { deriveKey } from "../crypto/hkdf.ts"
import { createProvedRows, type ProvedRows } from "./proved-rows.ts"
import { createMacKey, type MacKey } from "../crypto/mac.ts"

/** What derives from one root, a label each. */
export interface RootKeys {
  generation: number
  rowTags: MacKey
  tokens: MacKey
  cursors: MacKey
  fingerprints: MacKey
  backups: MacKey
  /** What sandboxes pin. It derives from the token key, and so outlives a re-encryption. */
  sandboxes(): SandboxKeys
  /** What clients of boxes pin, and what codes are hashed under. It derives from the token key too. */
  boxes(): BoxKeys
  /** Rows whose tag under `rowTags` was found right. */
  proved: ProvedRows
}

/** @param tokenKey 32 bytes that an earlier generation handed on, so that tokens outlive a re-encryption */
export const deriveRootKeys = (generation: number, root: Uint8Array, tokenKey: Uint8Array | null): RootKeys => {
  const tokens = createMacKey(tokenKey ?? deriveKey(root, "tokens"))
  let sandboxes: SandboxKeys | undefined
  let boxes: BoxKeys | undefined
  return {
    generation,
    rowTags: createMacKey(deriveKey(root, "row tags")),
    tokens,
    cursors: createMacKey(deriveKey(root, "cursors")),
    fingerprints: createMacKey(deriveKey(root, "fingerprints")),
    backups: createMacKey(deriveKey(root, "backups")),
    sandboxes: () => (sandboxes ??= deriveSandboxKeys(tokens)),
    boxes: () => (boxes ??= deriveBoxKeys(tokens)),
    proved: createProvedRows(),
  }
}

export interface SandboxKeys {
  /** Signs what the store says to sandboxes. */
  signing: SigningKey
  /** The secrets of enrolment tokens derive from it. */
  enrolments: MacKey
}

const deriveSandboxKeys = (tokens: MacKey): SandboxKeys => {
  const bytes = tokens.export()
  const seed = deriveKey(bytes, "sandbox signing")
  const keys = { signing: signingKeyOf(seed), enrolments: createMacKey(deriveKey(bytes, "sandbox enrolments")) }
  wipe(bytes)
  wipe(seed)
  return keys
}

export interface BoxKeys {
  /** The server's identity for holders of boxes. */
  signing: SigningKey
  codes: MacKey
}

const deriveBoxKeys = (tokens: MacKey): BoxKeys => {
  const bytes = tokens.export()
  const seed = deriveKey(bytes, "box server signing")
  const keys = { signing: signingKeyOf(seed), codes: createMacKey(deriveKey(bytes, "box codes")) }
  wipe(bytes)
  wipe(seed)
  return keys
}
