/**
 * Every shape that comes from outside, once. Types, HTTP validation, OpenAPI, tools and the command line derive from these.
 * A schema never puts what it was given into a message: it may be a value.
 */
import * as z from "zod/mini"
import type { SecretErrorCode } from "../base/errors.ts"
import { LIMITS } from "./limits.ts"

const CONTROL = /\p{Cc}/u

const encodedLength = (text: string): number => new TextEncoder().encode(text).length

const fitsBytes = (text: string, maxBytes: number): boolean =>
  text.length <= maxBytes && (text.length * 3 <= maxBytes || encodedLength(text) <= maxBytes)

/** A refinement whose failure is another code than invalid_argument. */
const failsAs = (code: SecretErrorCode, error: string) => ({ error, params: { code } })

const isTooLong = (text: string): boolean =>
  text.length > LIMITS.nameMaxCharacters && (text.length > 2 * LIMITS.nameMaxCharacters || [...text].length > LIMITS.nameMaxCharacters)

/** What is wrong with a name or a namespace; null for nothing. */
const labelFault = (text: string): string | null => {
  if (text.length === 0) return "must not be empty"
  if (isTooLong(text)) return `must be at most ${LIMITS.nameMaxCharacters} characters`
  if (!text.isWellFormed()) return "must be well-formed Unicode"
  return CONTROL.test(text) ? "must not contain control characters" : null
}

/** One check rather than one for each fault: every read of a secret passes two of these. */
const label = (what: string, faultOf: (text: string) => string | null) =>
  z.string(`${what} must be a string`).check(
    z.refine((text) => faultOf(text) === null, { error: ({ input }) => `${what} ${faultOf(input as string)}` }),
  )

export const Namespace = label("namespace", labelFault)

export const SecretName = label("name", (name) => labelFault(name.trim() === "" ? "" : name))

export const SecretValue = z.string("value must be a string").check(
  z.refine(
    (value) => fitsBytes(value, LIMITS.valueMaxBytes),
    failsAs("value_too_large", `secret value exceeds the ${LIMITS.valueMaxBytes}-byte limit`),
  ),
  z.refine((value) => value.isWellFormed(), "value must be well-formed Unicode (it holds a lone surrogate)"),
)

const isPlainObject = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const isJson = (value: unknown): boolean => {
  if (value === null || typeof value === "boolean" || value === undefined) return true
  if (typeof value === "string") return value.isWellFormed()
  if (typeof value === "number") return Number.isFinite(value)
  if (Array.isArray(value)) return value.every((item) => item !== undefined && isJson(item))
  return isPlainObject(value) && Object.entries(value).every(([key, item]) => key.isWellFormed() && isJson(item))
}

/** Deep or circular input overflows the stack: that is a no, not a crash. */
const isJsonObject = (value: unknown): value is Record<string, unknown> => {
  try {
    return isPlainObject(value) && isJson(value)
  } catch {
    return false
  }
}

export const Metadata = z
  .custom<Record<string, unknown>>((value) => isJsonObject(value), { error: "metadata must be an object of JSON values", abort: true })
  .check(
    z.refine(
      (metadata) => fitsBytes(JSON.stringify(metadata), LIMITS.metadataMaxBytes),
      `metadata must be at most ${LIMITS.metadataMaxBytes} bytes of JSON`,
    ),
  )

const ttlError = (issue: { input?: unknown }): string =>
  `ttlMs must be a positive integer or null, got ${typeof issue.input === "number" ? issue.input : typeof issue.input}`

export const TtlMs = z.nullable(
  z.custom<number>((value) => Number.isSafeInteger(value) && (value) > 0 && (value) <= LIMITS.ttlMaxMs, {
    error: (issue) =>
      typeof issue.input === "number" && issue.input > LIMITS.ttlMaxMs
        ? `ttlMs must be at most ${LIMITS.ttlMaxMs} (100 years), got ${issue.input}`
        : ttlError(issue),
  }),
)

const wholeNumber = (what: string, min: number, max: number) =>
  z
    .number(`${what} must be a whole number from ${min} to ${max}`)
    .check(z.refine((n) => Number.isInteger(n) && n >= min && n <= max, `${what} must be a whole number from ${min} to ${max}`))

export const VersionNumber = wholeNumber("version", 1, Number.MAX_SAFE_INTEGER)
export const IfVersion = wholeNumber("ifVersion", 0, Number.MAX_SAFE_INTEGER)
const KeyVersion = wholeNumber("keyVersion", 0, Number.MAX_SAFE_INTEGER)
const Time = wholeNumber("time", 0, Number.MAX_SAFE_INTEGER)

export const Order = z.enum(["asc", "desc"], "order must be asc or desc")
export const SecretState = z.enum(["active", "expired"], "state must be active or expired")

export const PrincipalKindName = z.enum(["person", "agent", "service"], "kind must be person, agent or service")

export const EVENT_TYPES = [
  "created",
  "updated",
  "deleted",
  "rotated",
  "read",
  "denied",
  "rolled_back",
  "imported",
  "exported",
  "token_created",
  "token_revoked",
  "keyring_created",
  "keyring_key_added",
  "keyring_key_retired",
  "keyring_reencrypted",
  "workspace_created",
  "workspace_deleted",
  "person_signed_in",
  "person_signed_out",
  "restored",
  "events_deleted",
  "run_unredacted",
  "request_created",
  "request_answered",
  "request_declined",
  "request_cancelled",
  "policy_changed",
  "agent_rules_changed",
  "used",
  "value_masked",
  "use_suspended",
  "workflow_started",
  "workflow_resumed",
  "workflow_ended",
  "environment_added",
  "environment_changed",
  "environment_removed",
  "environment_enrolled",
  "delivered",
  "environment_synced",
  "sync_due",
  "sync_failed",
  "box_opened",
  "box_closed",
  "box_changed",
  "box_written",
  "box_read",
  "box_code_created",
] as const

export const EventType = z.enum(EVENT_TYPES, "type must be one of the event types")

/** Arguments are built when a use case is first called: a command line calls one, and building all takes as long as the call. */
const ref = () => ({ namespace: z.optional(Namespace), name: SecretName })
const content = () => ({ value: SecretValue, metadata: z.optional(z.nullable(Metadata)), ttlMs: z.optional(TtlMs) })

export const PutArgs = () => z.strictObject({ ...ref(), ...content(), ifVersion: z.optional(IfVersion) })
export const GetArgs = () => z.strictObject({ ...ref(), version: z.optional(VersionNumber) })
export const RefArgs = () => z.strictObject(ref())
export const RollbackArgs = () => z.strictObject({ ...ref(), version: VersionNumber })
export const RemoveArgs = () => z.strictObject({ ...ref(), ifVersion: z.optional(IfVersion) })
export const UpdateArgs = () =>
  z.strictObject({
    ...ref(),
    metadata: z.optional(z.nullable(Metadata)),
    ttlMs: z.optional(TtlMs),
    ifVersion: z.optional(IfVersion),
  })
  .check(
    z.refine((args) => args.metadata !== undefined || args.ttlMs !== undefined, "at least one of metadata or ttlMs is required"),
  )

const uniqueNames = (items: readonly { name: string }[]): boolean => new Set(items.map((item) => item.name)).size === items.length

export const GetManyArgs = () => z.strictObject({
  namespace: z.optional(Namespace),
  names: z.array(SecretName).check(z.maxLength(LIMITS.batchMaxItems, `names must be at most ${LIMITS.batchMaxItems}`)),
  /** An export leaves `exported` events instead of `read`. */
  purpose: z.optional(z.literal("export", "purpose must be export")),
})
export const PutManyArgs = () => z.strictObject({
  namespace: z.optional(Namespace),
  secrets: z
    .array(z.strictObject({ name: SecretName, ...content(), ifVersion: z.optional(IfVersion) }))
    .check(
      z.maxLength(LIMITS.batchMaxItems, `secrets must be at most ${LIMITS.batchMaxItems}`),
      z.refine(uniqueNames, "secrets must not name one secret twice"),
    ),
  /** An import leaves one `imported` event in addition. */
  purpose: z.optional(z.literal("import", "purpose must be import")),
})

export const PageOptions = () => z.strictObject({
  numItems: wholeNumber("numItems", 1, LIMITS.pageMaxItems),
  cursor: z.nullable(z.string("cursor must be a string or null").check(z.maxLength(4096, "cursor is not one of this listing's"))),
})

export const ListArgs = () => z.strictObject({
  namespace: z.optional(Namespace),
  paginationOpts: PageOptions(),
  order: z.optional(Order),
  prefix: z.optional(label("prefix", (prefix) => (prefix === "" ? null : labelFault(prefix)))),
  state: z.optional(SecretState),
  expiringBefore: z.optional(Time),
  keyVersion: z.optional(KeyVersion),
  orderBy: z.optional(z.enum(["updated", "name"], "orderBy must be updated or name")),
})

export const ListEventsArgs = () =>
  z.strictObject({
    namespace: z.optional(Namespace),
    name: z.optional(SecretName),
    secretId: z.optional(z.string("secretId must be a string").check(z.uuid("secretId must be the id of a secret"))),
    type: z.optional(EventType),
    principal: z.optional(label("principal", labelFault)),
    after: z.optional(Time),
    before: z.optional(Time),
    store: z.optional(z.boolean("store must be a boolean")),
    paginationOpts: PageOptions(),
    order: z.optional(Order),
  })
  .check(
    z.refine(
      (args) => args.secretId === undefined || (args.namespace ?? args.name ?? args.type) === undefined,
      "secretId cannot be combined with namespace, name, or type",
    ),
    z.refine((args) => args.name === undefined || args.type === undefined, "name and type cannot be combined"),
  )

const retentionError = (issue: { input?: unknown }): string =>
  `retentionMs must be a positive number, got ${typeof issue.input === "number" ? issue.input : typeof issue.input}`

export const CleanupArgs = () => z.strictObject({
  retentionMs: z.optional(
    z.nullable(z.custom<number>((ms) => typeof ms === "number" && Number.isFinite(ms) && ms > 0, { error: retentionError })),
  ),
})

export const RotateArgs = () => z.strictObject({
  onProgress: z.optional(z.custom<(progress: RotationProgress) => void>((f) => typeof f === "function", "onProgress must be a function")),
  signal: z.optional(z.custom<AbortSignal>((s) => s instanceof AbortSignal, "signal must be an AbortSignal")),
  batchSize: z.optional(wholeNumber("batchSize", 1, 1_000)),
  reencrypt: z.optional(z.boolean("reencrypt must be a boolean")),
  dryRun: z.optional(z.boolean("dryRun must be a boolean")),
})

/** Counted in stored versions. */
export interface RotationProgress {
  rotated: number
  skipped: number
  /** Stale and openable with this ring. */
  remaining: number
}

export const NoArgs = () => z.strictObject({})
