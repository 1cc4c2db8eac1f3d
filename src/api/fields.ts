/** Fields of the contract, over the shapes of core. No message holds what it was given: it may be a value. */
import * as z from "zod/mini"
import { isUuid } from "../base/uuid.ts"
import * as shapes from "../core/shapes.ts"

const kindOf = (input: unknown): string => {
  if (input === null) return "null"
  return Array.isArray(input) ? "array" : typeof input
}

export const expected = (type: string) => ({
  error: (issue: { input?: unknown }) => `Invalid input: expected ${type}, received ${kindOf(issue.input)}`,
})

const KEY_MAX_CHARACTERS = 200

/** A new key. It cannot look like an id: both may stand in one place of a path. */
export const Key = z.pipe(
  z.string(expected("string")).check(
    z.refine((key) => key.length > 0, { error: "Too small: expected string to have >=1 characters", abort: true }),
    z.refine((key) => [...key].length <= KEY_MAX_CHARACTERS, {
      error: `Too big: expected string to have <=${KEY_MAX_CHARACTERS} characters`,
      abort: true,
    }),
    z.refine((key) => !isUuid(key), "a key must not look like an id"),
    z.meta({ minLength: 1, maxLength: KEY_MAX_CHARACTERS }),
  ),
  shapes.SecretName,
)

export const Value = z.pipe(z.string(expected("string")), shapes.SecretValue)

export const Metadata = shapes.Metadata.check(z.meta({ type: "object", additionalProperties: true }))
export const TtlMs = shapes.TtlMs.check(z.meta({ type: ["integer", "null"], minimum: 1 }))
export const VersionNumber = shapes.VersionNumber.check(z.meta({ type: "integer", minimum: 1 }))
export const IfVersion = shapes.IfVersion.check(z.meta({ type: "integer", minimum: 0 }))
export const Workspace = shapes.Namespace
export const Ref = shapes.SecretName

export const Id = z.string().check(z.meta({ format: "uuid" }))
/** Milliseconds since 1970. */
export const Time = z.number().check(z.meta({ type: "integer", description: "milliseconds since 1970" }))
export const Count = z.number().check(z.meta({ type: "integer", minimum: 0 }))

const DIGITS = /^(0|[1-9][0-9]{0,15})$/

/** A whole number in a query or a path. */
export const numberText = (what: string, min: number, max: number) =>
  z
    .pipe(
      z.string(`${what} must be given once`).check(
        z.refine((text) => DIGITS.test(text) && Number(text) >= min && Number(text) <= max, `${what} must be a whole number from ${min} to ${max}`),
      ),
      z.transform(Number),
    )
    .check(z.meta({ type: "integer", minimum: min, ...(max < Number.MAX_SAFE_INTEGER && { maximum: max }) }))

export const queryText = (what: string, maxCharacters: number) =>
  z.string(`${what} must be given once`).check(z.maxLength(maxCharacters, `${what} is too long`))

export const bodyObject = <const Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.object(shape, expected("object"))

export const pageOf = <Item extends z.ZodMiniType>(item: Item) =>
  z.strictObject({ page: z.array(item), isDone: z.boolean(), continueCursor: z.string() })

export const Success = z.strictObject({ success: z.literal(true) })

export const PrincipalAnswer = z.strictObject({ kind: z.enum(["person", "agent", "service"]), id: z.string(), name: z.string() })
