import type { StandardSchemaWithJSON } from "@modelcontextprotocol/server"
import type * as z from "zod/mini"
import { jsonSchemaOf } from "../json-schema.ts"

/**
 * A schema as the protocol's package lists it. It lets everything through: arguments are checked by the guard, in words that
 * repeat nothing of them, where the package would send its own.
 */
export const standardSchema = (schema: z.ZodMiniType, io: "input" | "output"): StandardSchemaWithJSON => {
  let printed: Record<string, unknown> | undefined
  const print = (): Record<string, unknown> => (printed ??= jsonSchemaOf(schema, io))
  return { "~standard": { version: 1, vendor: "sotto", validate: (value) => ({ value }), jsonSchema: { input: print, output: print } } }
}
