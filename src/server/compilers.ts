import type { FastifyServerOptions } from "fastify"
import type { Schema } from "../api/route.ts"
import { isSecretError } from "../base/errors.ts"
import { parseArgs } from "../core/use-case.ts"

/**
 * How the framework checks what comes in and writes what goes out: the shapes are core's, and so are the words of a refusal.
 * Its own compilers would cost a fifth of a cold start and are never asked.
 */
export const compilers: NonNullable<FastifyServerOptions["schemaController"]> = {
  compilersFactory: {
    buildValidator: (() => compileValidator) as unknown as BuildValidator,
    buildSerializer: () => () => (answer) => JSON.stringify(answer),
  },
}

/** The framework's type is that of its own compiler and knows JSON Schema alone. */
type BuildValidator = NonNullable<NonNullable<NonNullable<FastifyServerOptions["schemaController"]>["compilersFactory"]>["buildValidator"]>

const compileValidator = ({ schema, httpPart }: { schema: Schema; httpPart?: string }) => validator(schema, httpPart === "body")

const validator = (schema: Schema, isBody: boolean) => (data: unknown) => {
  try {
    return { value: parseArgs(schema, isBody && data === null ? undefined : data) }
  } catch (error) {
    if (isSecretError(error)) return { error }
    throw error
  }
}
