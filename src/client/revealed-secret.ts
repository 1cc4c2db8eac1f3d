import { redactedMarker } from "../base/redacted.ts"

const INSPECT = Symbol.for("nodejs.util.inspect.custom")

/** A value as it came from the server: `value` is a plain string, while printing the object as a whole shows the marker. */
export class RevealedSecret {
  declare readonly key: string
  declare readonly value: string
  declare readonly version: number

  constructor(facts: { key: string; value: string; version: number }) {
    Object.assign(this, facts)
  }

  toJSON(): Record<string, unknown> {
    return { ...(this as object), value: redactedMarker(this.key) }
  }

  [INSPECT](): Record<string, unknown> {
    return this.toJSON()
  }
}

/** One that was asked for by itself, with what else is known of it. */
export class RevealedSecretDetails extends RevealedSecret {
  declare readonly updatedAt: number
  declare readonly expiresAt?: number
  declare readonly metadata?: Record<string, unknown>
}
