/** Shapes of requests as they come from outside. What an agent wrote is text to be shown, so it is bounded and nothing else. */
import * as z from "zod/mini"
import { ExecRule, HttpRule } from "../policy/policy-shape.ts"
import { isVariableName } from "../references/variable-name.ts"
import { Namespace, SecretValue } from "../shapes.ts"
import { REQUEST_LIMITS } from "./request-limits.ts"

/** What agents write is cut rather than refused where it is long, and loses what would steer a terminal or turn the reading direction: a model cannot be asked to count. */
const words = (what: string, maxCharacters: number) =>
  z.pipe(
    z.string(`${what} must be a string`),
    z.transform((text) => text.toWellFormed().replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]+/gu, " ").slice(0, maxCharacters).toWellFormed()),
  )

export const RequestedKey = z.string("key must be a string").check(
  z.refine(isVariableName, "a key is letters, digits and _, a digit not first, at most 256 characters"),
)

export const KEY_FORMATS = ["token", "url", "json", "pem", "text"] as const

export const Variable = z.object({
  key: RequestedKey,
  description: z.optional(words("description", REQUEST_LIMITS.descriptionMaxCharacters)),
  format: z.optional(z.enum(KEY_FORMATS, `format is one of ${KEY_FORMATS.join(", ")}`)),
  optional: z.optional(z.boolean("optional must be a boolean")),
  obtainUrl: z.optional(words("obtainUrl", REQUEST_LIMITS.urlMaxCharacters)),
})

/** A use that the asker proposes: what the person ticks becomes part of the secret's policy. */
export const ProposedUse = z.union(
  [z.strictObject({ key: RequestedKey, http: HttpRule }), z.strictObject({ key: RequestedKey, exec: ExecRule })],
  "a use names a key and one rule, http or exec",
)

const variables = z
  .array(Variable, "variables must be an array")
  .check(z.minLength(1, "variables must not be empty"), z.maxLength(REQUEST_LIMITS.keysMax, `variables must be at most ${REQUEST_LIMITS.keysMax}`))

const uses = z.array(ProposedUse, "use must be an array").check(z.maxLength(REQUEST_LIMITS.usesMax, `use must be at most ${REQUEST_LIMITS.usesMax}`))

const RequestTtlMs = z.number("ttlMs must be a number").check(
  z.refine((ms) => Number.isSafeInteger(ms) && ms >= 1_000 && ms <= REQUEST_LIMITS.ttlMaxMs, "ttlMs is from one second to seven days"),
)

/** What every way to ask shares. */
export const requestFields = () => ({
  variables,
  reason: z.optional(words("reason", REQUEST_LIMITS.reasonMaxCharacters)),
  /** Ask also for keys that are there. */
  replace: z.optional(z.boolean("replace must be a boolean")),
  use: z.optional(uses),
  ttlMs: z.optional(RequestTtlMs),
})

export const CreateRequestArgs = () =>
  z
    .strictObject({ namespace: z.optional(Namespace), ...requestFields() })
    .check(
      z.refine(({ variables: asked, use = [] }) => use.every(({ key }) => asked.some((each) => each.key === key)), "use names a key that is not asked for"),
    )

export const RequestId = z.string("requestId must be a string").check(z.maxLength(64, "requestId is too long"))
export const RequestRef = () => z.strictObject({ requestId: RequestId })

export const ListRequestsArgs = () =>
  z.strictObject({ namespace: z.optional(Namespace), all: z.optional(z.boolean("all must be a boolean")) })

const answered = z.record(RequestedKey, SecretValue, "values must be an object of keys and values")

/** A key in `values` is stored; one in `skip` is not given; one in neither is kept where it is set, and is missing where not. */
export const AnswerRequestArgs = () =>
  z.strictObject({
    requestId: RequestId,
    values: z.optional(answered),
    skip: z.optional(z.array(RequestedKey)),
    /** Positions in the request's `use` that the person allows. */
    allow: z.optional(z.array(z.number("allow holds numbers").check(z.int(), z.minimum(0)))),
  })

export const PairingCodeArgs = () => z.strictObject({ requestId: RequestId, code: z.string("code must be a string").check(z.maxLength(256, "code is too long")) })
