import { redactedMarker } from "../../base/redacted.ts"
import type { BoxId } from "../protocol/keys.ts"

const INSPECT = Symbol.for("nodejs.util.inspect.custom")

export interface BoxSecretFacts {
  secretId: string
  /** What was written: JSON values as such, bytes as a Uint8Array, and all other text as it is. With `raw: true` the text itself. */
  value: unknown
  /** The exact text. */
  raw: string
  /** Who wrote it, by their signature; null where nobody signed. */
  author: BoxId | null
  isSigned: boolean
  /** The author's clock, milliseconds since 1970; null where nobody signed. */
  createdAt: number | null
  /** `newest`: not older than what this client's `state` already knew of it. `unknown`: nothing was known, or nothing is signed. */
  freshness: "unknown" | "newest"
}

/** A value with what is proved of it. Printing the object as a whole shows a marker in the place of `value` and `raw`. */
export class BoxSecret {
  declare readonly secretId: string
  declare readonly value: unknown
  declare readonly raw: string
  declare readonly author: BoxId | null
  declare readonly isSigned: boolean
  declare readonly createdAt: number | null
  declare readonly freshness: "unknown" | "newest"

  constructor({ value, raw, ...facts }: BoxSecretFacts) {
    Object.assign(this, facts)
    Object.defineProperty(this, "value", { value })
    Object.defineProperty(this, "raw", { value: raw })
  }

  toJSON(): Record<string, unknown> {
    const marker = redactedMarker(this.secretId)
    return { ...(this as object), value: marker, raw: marker }
  }

  [INSPECT](): Record<string, unknown> {
    return this.toJSON()
  }
}
