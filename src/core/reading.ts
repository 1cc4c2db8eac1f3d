import { redactedMarker } from "../base/redacted.ts"

const INSPECT = Symbol.for("nodejs.util.inspect.custom")

interface ReadingFacts {
  value: string
  version: number
  updatedAt: number
  metadata?: Record<string, unknown>
  expiresAt?: number
}

/**
 * A secret's value as the published API hands it out: `value` is a plain string for the caller's use, while printing the
 * object as a whole (JSON, console) shows the marker.
 */
export class SecretReading {
  declare readonly value: string
  declare readonly version: number
  declare readonly updatedAt: number
  declare readonly metadata?: Record<string, unknown>
  declare readonly expiresAt?: number
  readonly #name: string

  constructor(name: string, facts: ReadingFacts) {
    this.#name = name
    Object.assign(this, facts)
  }

  toJSON(): Record<string, unknown> {
    return { ...(this as object), value: redactedMarker(this.#name) }
  }

  [INSPECT](): Record<string, unknown> {
    return this.toJSON()
  }
}

/** A reading that says that it succeeded. */
export class FoundSecret extends SecretReading {
  readonly ok = true as const
}
