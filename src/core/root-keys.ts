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
  /** Rows whose tag under `rowTags` was found right. */
  proved: ProvedRows
}

/** @param tokenKey 32 bytes that an earlier generation handed on, so that tokens outlive a re-encryption */
export const deriveRootKeys = (generation: number, root: Uint8Array, tokenKey: Uint8Array | null): RootKeys => ({
  generation,
  rowTags: createMacKey(deriveKey(root, "row tags")),
  tokens: createMacKey(tokenKey ?? deriveKey(root, "tokens")),
  cursors: createMacKey(deriveKey(root, "cursors")),
  fingerprints: createMacKey(deriveKey(root, "fingerprints")),
  backups: createMacKey(deriveKey(root, "backups")),
  proved: createProvedRows(),
})
