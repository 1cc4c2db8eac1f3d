import * as z from "zod/mini"
import { ErrorAnswer } from "./error-answer.ts"
import { pathOf, type Route, type Schema } from "./route.ts"
import { routes } from "./routes.ts"

type Json = Record<string, unknown>

/** The contract as OpenAPI 3.1. */
export const printOpenApi = (version: string): Json => ({
  openapi: "3.1.0",
  info: {
    title: "Sotto",
    version,
    summary: "One secrets layer for apps, agents, jobs and people.",
    license: { name: "Apache-2.0", identifier: "Apache-2.0" },
  },
  servers: [{ url: "/" }],
  paths: paths(),
  components: {
    schemas: { Error: printSchema(ErrorAnswer, "output") },
    responses: {
      Error: {
        description: "What went wrong: the first of the messages is the one to show, the code is stable.",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
    securitySchemes: {
      token: { type: "http", scheme: "bearer", description: "A token `sotto_<p|a|s>_…`." },
      sessionCookie: { type: "apiKey", in: "cookie", name: "sotto_<port>", description: "One half of a session." },
      sessionHeader: { type: "apiKey", in: "header", name: "x-sotto-session", description: "The other half." },
    },
  },
})

const paths = (): Json => {
  const all: Record<string, Json> = {}
  for (const [name, route] of Object.entries<Route>(routes)) {
    const path = pathOf(route).replace(/:(\w+)/g, "{$1}")
    all[path] = { ...all[path], [route.method.toLowerCase()]: operation(name, route) }
  }
  return all
}

const operation = (name: string, route: Route): Json => ({
  operationId: name,
  summary: route.summary,
  ...(route.access.needs === "nothing"
    ? { security: [] }
    : { description: permissionText(route), security: [{ token: [] }, { sessionCookie: [], sessionHeader: [] }] }),
  parameters: [...parameters(route.params, "path"), ...parameters(route.query, "query")],
  ...(route.body && { requestBody: requestBody(route.body) }),
  responses: {
    [route.status]: {
      description: "Done.",
      content: { [route.mediaType ?? "application/json"]: { schema: printSchema(route.answer, "output") } },
    },
    default: { $ref: "#/components/responses/Error" },
  },
})

const permissionText = ({ access }: Route): string => {
  if (!("on" in access)) return "Needs any credential."
  const where = { workspace: "on the workspace", store: "on all workspaces", "any workspace": "on at least one workspace" }[access.on]
  return `Needs the permission \`${access.needs}\` ${where}.`
}

const requestBody = (body: Schema): Json => ({
  required: !z.safeParse(body, undefined).success,
  content: { "application/json": { schema: printSchema(body, "input") } },
})

const parameters = (schema: Schema | undefined, place: "path" | "query"): Json[] => {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = printSchema(schema, "input") as { properties?: Json; required?: string[] }
  return Object.entries(properties).map(([name, type]) => ({ name, in: place, required: place === "path" || required.includes(name), schema: type }))
}

const printSchema = (schema: Schema, io: "input" | "output"): Json => {
  const { $schema: _, ...printed } = z.toJSONSchema(schema, { target: "draft-2020-12", io, unrepresentable: "any" }) as Json
  return printed
}
