/** What store and sandbox say to each other, as data: both sides read and write by these shapes. */
import * as z from "zod/mini"
import { concatBytes, fromUtf8, utf8, wipe } from "../../base/bytes.ts"
import { canonicalJson, type JsonValue } from "../../base/canonical-json.ts"
import { ERROR_CODES, SecretError } from "../../base/errors.ts"
import { paddedLength } from "../../crypto/padme.ts"
import { openSealed, sealTo, type SealingKeys } from "../../crypto/hpke.ts"
import { fromBase64Url, toBase64Url } from "../../crypto/base64url.ts"
import { ENV_FORMATS, REFUSALS } from "../../envfile/env-format.ts"
import { isVariableName } from "../references/variable-name.ts"
import { SecretValue } from "../shapes.ts"
import { DELIVERY_MODES, RESTARTS, SANDBOX_LIMITS } from "./limits.ts"

const PROTOCOL = 1

const whole = z.number().check(z.int(), z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER))
const short = z.string().check(z.maxLength(64))
const Key = z.string().check(z.refine(isVariableName))
const Bytes = (length: number) => z.string().check(z.refine((text) => fromBase64Url(text)?.length === length))
const Sealed = z.string().check(z.maxLength(SANDBOX_LIMITS.statementMaxBytes))
const keys = z.array(Key).check(z.maxLength(SANDBOX_LIMITS.keysMax))
const Manifest = z.array(z.strictObject({ key: Key, version: whole })).check(
  z.maxLength(SANDBOX_LIMITS.keysMax),
  z.refine((entries) => new Set(entries.map(({ key }) => key)).size === entries.length),
)

export type Manifest = z.output<typeof Manifest>

/** Every statement says for which sandbox it is, and in which version of this protocol. */
const head = { v: z.literal(PROTOCOL), sandboxId: short }
/** From the store: when it was said, and until when it counts; milliseconds since 1970. */
const timed = { ...head, issuedAt: whole, expiresAt: whole }

const Restart = z.enum(RESTARTS)

/** What a daemon says of itself: how it writes, and how long it holds values without a word from its store; null for ever. */
const facts = { format: z.enum(ENV_FORMATS), mode: z.enum(DELIVERY_MODES), leaseMs: z.nullable(whole) }

export const EnrolmentBody = z.strictObject({ ...head, sealingKey: Bytes(32), signingKey: Bytes(32), ...facts })

/**
 * A daemon that calls in, or is asked: `session` is new at each of its starts, and `isStanding` tells whether what was delivered
 * last still stands there, by name.
 */
export const HelloBody = z.strictObject({ ...head, session: short, generation: whole, at: whole, isStanding: z.boolean(), ...facts })

/** Everything that the sandbox is to have: what is not in the manifest goes. `sealed` holds the values. */
export const DeliveryBody = z.strictObject({
  ...timed,
  generation: whole,
  /** The generation that the store last knows to be applied. */
  prev: whole,
  manifest: Manifest,
  remove: keys,
  restart: Restart,
  sealed: Sealed,
})

/** Nothing has changed, and the lease goes on. */
export const RenewalBody = z.strictObject({ ...timed, generation: whole })

export const CommandBody = z.strictObject({ ...timed, session: short, id: short, sealed: Sealed })

/** What a command is, sealed: the store's and the sandbox's business alone. */
export const CommandOrder = z.strictObject({
  command: z.array(z.string()).check(z.minLength(1), z.maxLength(256)),
  /** Variables and the keys whose values they get. */
  variables: z.record(Key, Key),
  cwd: z.nullable(z.string()),
  stdin: z.nullable(z.string()),
  network: z.enum(["none", "host"]),
  timeoutMs: whole,
  maxBytes: whole,
  /** An X25519 key of this one answer: base64url, 32 bytes. */
  replyTo: Bytes(32),
})

/** A daemon may say anything, and people and models read it: what is none of these codes is `unknown`. */
const codeAmong = (codes: readonly string[]) => z.pipe(z.string(), z.transform((code) => (codes.includes(code) ? code : "unknown")))

const RefusalCode = codeAmong(Object.keys(REFUSALS))
const WarningCode = codeAmong(["mode_tightened", "also_outside"])
const ErrorCode = codeAmong([...Object.keys(ERROR_CODES), "refused", "not_restarted", "stale_generation", "stale_session", "busy", "not_delivered"])

const refusals = z.array(z.strictObject({ key: Key, code: RefusalCode })).check(z.maxLength(SANDBOX_LIMITS.keysMax))
/** What is to be known, of one key or, with null, of the whole file. */
const warnings = z.array(z.strictObject({ key: z.nullable(Key), code: WarningCode })).check(z.maxLength(SANDBOX_LIMITS.keysMax + 10))

/** What a daemon did with a delivery or a renewal. Names and versions, never a value. */
export const ReceiptBody = z.strictObject({
  ...head,
  /** Of the statement that this answers. */
  generation: whole,
  /** The highest generation that it has ever taken in: it takes in no lower one. */
  mark: whole,
  /** Whether the daemon has done as it was told. */
  isApplied: z.boolean(),
  /** What stands in the sandbox now, nothing where somebody took it away, and the generation that brought it. */
  applied: z.strictObject({ generation: whole, manifest: Manifest }),
  added: keys,
  updated: keys,
  removed: keys,
  refused: refusals,
  warnings,
  restarted: z.boolean(),
  isAppBack: z.nullable(z.boolean()),
  isRestored: z.boolean(),
  error: z.nullable(ErrorCode),
  ...facts,
})

export const CommandEndBody = z.strictObject({ ...head, id: short, error: z.nullable(ErrorCode), sealed: z.nullable(Sealed) })

const counts = z.record(Key, whole)

/** How a command ended, sealed to `replyTo`; its output is redacted. */
export const CommandEnd = z.strictObject({
  exitCode: z.nullable(z.number()),
  signal: z.nullable(short),
  timedOut: z.boolean(),
  stdout: z.string(),
  stderr: z.string(),
  truncated: z.strictObject({ stdout: z.boolean(), stderr: z.boolean() }),
  binaryBytes: z.strictObject({ stdout: z.optional(whole), stderr: z.optional(whole) }),
  masked: counts,
  durationMs: z.number(),
  warnings: z.array(z.string()).check(z.maxLength(50)),
})

export type EnrolmentBody = z.output<typeof EnrolmentBody>
export type HelloBody = z.output<typeof HelloBody>
export type DeliveryBody = z.output<typeof DeliveryBody>
export type RenewalBody = z.output<typeof RenewalBody>
export type CommandBody = z.output<typeof CommandBody>
export type CommandOrder = z.output<typeof CommandOrder>
export type ReceiptBody = z.output<typeof ReceiptBody>
export type CommandEndBody = z.output<typeof CommandEndBody>
export type SandboxFacts = Pick<EnrolmentBody, "format" | "mode" | "leaseMs">

export const headOf = (sandboxId: string) => ({ v: PROTOCOL, sandboxId }) as const

const Values = z.record(Key, SecretValue)

const LENGTH_BYTES = 4

/**
 * Seals something to the holder of a key, bound to what stands beside it. Its length is hidden up to the size class of Padmé:
 * uint32 length, the bytes, zeros.
 */
export const sealPayload = async (publicKey: Uint8Array, payload: JsonValue, beside: object): Promise<string> => {
  const plain = utf8(JSON.stringify(payload))
  const padded = new Uint8Array(paddedLength(LENGTH_BYTES + plain.length))
  new DataView(padded.buffer).setUint32(0, plain.length)
  padded.set(plain, LENGTH_BYTES)
  try {
    return toBase64Url(await sealTo(publicKey, padded, contextOf(beside)))
  } finally {
    wipe(plain)
    wipe(padded)
  }
}

/** Inverse of `sealPayload`. @throws SecretError `decryption_failed` */
export const openPayload = async (keys: SealingKeys, sealed: string, beside: object): Promise<unknown> => {
  const bytes = fromBase64Url(sealed)
  if (bytes === null) throw new SecretError("decryption_failed")
  const padded = await openSealed(keys, bytes, contextOf(beside))
  try {
    const length = padded.length < LENGTH_BYTES ? Number.POSITIVE_INFINITY : new DataView(padded.buffer, padded.byteOffset).getUint32(0)
    if (LENGTH_BYTES + length > padded.length) throw new SecretError("decryption_failed")
    return jsonOf(padded.subarray(LENGTH_BYTES, LENGTH_BYTES + length))
  } finally {
    wipe(padded)
  }
}

/** What is no JSON is quoted in no error. */
const jsonOf = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(fromUtf8(bytes))
  } catch {
    throw new SecretError("decryption_failed")
  }
}

const INFO = utf8("sotto/v1/sandbox")
const contextOf = (beside: object) => ({ info: INFO, aad: concatBytes(utf8(canonicalJson(beside as JsonValue))) })

/** The values of a delivery, by key: exactly those of its manifest. @throws SecretError `decryption_failed` */
export const openValues = async (keysOfSandbox: SealingKeys, { sealed, ...beside }: DeliveryBody): Promise<ReadonlyMap<string, string>> => {
  const found = z.safeParse(Values, await openPayload(keysOfSandbox, sealed, beside))
  if (!found.success) throw new SecretError("decryption_failed")
  const values = new Map(Object.entries(found.data))
  if (values.size !== beside.manifest.length || !beside.manifest.every(({ key }) => values.has(key))) throw new SecretError("decryption_failed")
  return values
}
