import { redactedMarker } from "../base/redacted.ts"

type SecretFacts = Pick<SecretEntity, "id" | "key" | "value" | "workspaceId" | "createdAt" | "updatedAt">

const INSPECT = Symbol.for("nodejs.util.inspect.custom")

/**
 * A secret with its value. `value` is the plaintext, for the app's use; printing the entity as a whole (JSON, console, a
 * response that it is returned from) shows the marker in its place, and a copy of its properties is without it.
 */
export class SecretEntity {
  declare id: string
  declare key: string
  declare value: string
  declare workspaceId: string
  declare createdAt: Date
  declare updatedAt: Date

  /** @param facts all of it; `value` becomes a property that nothing enumerates */
  static of({ value, ...facts }: SecretFacts): SecretEntity {
    return Object.defineProperty(Object.assign(new SecretEntity(), facts), "value", { value, writable: true, configurable: true })
  }

  toJSON(): Record<string, unknown> {
    return { ...(this as object), value: redactedMarker(this.key) }
  }

  [INSPECT](): Record<string, unknown> {
    return this.toJSON()
  }
}
