import * as z from "zod/mini"
import { PrincipalKindName } from "../core/shapes.ts"
import { parseArgs } from "../core/use-case.ts"

const callable = (what: string) => z.custom((value) => typeof value === "function", `${what} must be a function`)

const Text = z.string("must be a string").check(z.refine((text) => text.isWellFormed(), "must be well-formed Unicode"))

/** What the types say, for callers without types. Ranges are checked where the values are used. */
const OpenOptionsShape = z.looseObject({
  database: z.string("database must be file:PATH, memory: or postgres://…"),
  keys: z.custom(
    (keys) => typeof keys === "string" || typeof keys === "function" || (typeof keys === "object" && keys !== null),
    "keys must be the text of a key ring, a function that gives it, or a key service",
  ),
  clock: z.optional(callable("clock")),
  principal: z.optional(
    z.looseObject({ kind: PrincipalKindName, id: Text, name: Text }, "principal must be { kind, id, name }"),
  ),
  audit: z.optional(z.strictObject({ reads: z.enum(["on", "off"], 'audit.reads must be "on" or "off"') })),
  migrate: z.optional(z.boolean("migrate must be a boolean")),
})

/** @throws SecretError `invalid_argument` */
export const assertOpenOptions = (options: unknown): void => {
  parseArgs(OpenOptionsShape, options)
}
