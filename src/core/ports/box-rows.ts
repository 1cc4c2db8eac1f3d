/** Rows of boxes. Ids of boxes and senders are Ed25519 public keys, 32 bytes. */

/** A box, or what one sender may write into it. */
export interface BoxSpaceRow {
  /** 32 hex characters; a space that is opened again is another. */
  id: string
  box: Uint8Array
  /** Empty for the box itself. */
  sender: Uint8Array
  /** JSON text: closure date as it was given, who made the code, whether requests must name this server. */
  facts: string
  /** null for never. */
  closesAt: number | null
  createdAt: number
  tag: Uint8Array
}

/** A one-time code that lets somebody do one thing. */
export interface BoxCodeRow {
  /** MAC of the code. */
  hash: Uint8Array
  /** JSON text of a string. */
  action: string
  /** The box whose holder asked for it; empty where the store's own people did. */
  creator: Uint8Array
  createdAt: number
  expiresAt: number
  tag: Uint8Array
}

/** A signature that was accepted: its time is signed, so both together are its name. */
export interface BoxSignatureRow {
  expiresAt: number
  /** SHA-256 of its text. */
  hash: Uint8Array
}
