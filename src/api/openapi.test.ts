import { Validator } from "@seriousme/openapi-schema-validator"
import * as z from "zod/mini"
import { describe, expect, it } from "vitest"
import { ERROR_CODES } from "../base/errors.ts"
import { PATHS } from "../client/paths.ts"
import { ERROR_STATUS } from "./error-status.ts"
import { printOpenApi } from "./openapi.ts"
import { pathOf, type Route } from "./route.ts"
import { routes } from "./routes.ts"

type Operation = { operationId: string; parameters: { name: string; in: string; required: boolean }[]; security: unknown[]; requestBody?: { required: boolean } }

const document = printOpenApi("1.2.3")
const paths = document.paths as Record<string, Record<string, Operation>>

describe("the printed contract", () => {
  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator()
    const { valid, errors } = await validator.validate(structuredClone(document))
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
    expect(validator.version).toBe("3.1")
  })

  it("would be refused with a fault in it", async () => {
    const broken = structuredClone(document)
    broken.paths = { "no-slash": { get: {} } }
    expect((await new Validator().validate(broken)).valid).toBe(false)
  })

  it("holds every route once, with every parameter of its path", () => {
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: operation.operationId, place: `${method.toUpperCase()} ${path}` })),
    )
    const expected = Object.entries<Route>(routes).map(([name, route]) => ({
      name,
      place: `${route.method} ${pathOf(route).replace(/:(\w+)/g, "{$1}")}`,
    }))
    expect(operations.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(expected.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    for (const [path, methods] of Object.entries(paths))
      for (const { parameters } of Object.values(methods)) {
        const named = parameters.filter((each) => each.in === "path").map((each) => each.name)
        expect(named).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))
      }
  })

  it("asks for a credential wherever the route does", () => {
    expect(paths["/healthz"]?.get?.security).toEqual([])
    expect(paths["/api/v1/me"]?.get?.security).toHaveLength(2)
  })

  it("has bodies that are required where the route refuses to do without", () => {
    expect(paths["/api/v1/tokens"]?.post?.requestBody?.required).toBe(true)
    expect(paths["/api/v1/keyring/rotation"]?.post?.requestBody?.required).toBe(false)
  })

  it("says that a value is text, a key is short, and metadata is an object", () => {
    const schema = JSON.stringify((paths["/api/v1/workspaces/{w}/secrets"] as unknown as Record<string, { requestBody: unknown }>).post?.requestBody)
    expect(schema).toContain('"key":{"type":"string","minLength":1,"maxLength":200}')
    expect(schema).toContain('"value":{"type":"string"}')
    expect(schema).toMatch(/"metadata":\{[^}]*object/)
  })
})

describe("the contract", () => {
  it("has a status of failure for every code", () => {
    for (const code of Object.keys(ERROR_CODES) as (keyof typeof ERROR_CODES)[]) expect(ERROR_STATUS[code]).toBeGreaterThanOrEqual(400)
  })

  it("is what the client speaks", () => {
    const written = Object.entries<Route>(routes).map(([name, route]) => [name, `${route.method} ${route.path}`])
    expect(PATHS).toEqual(Object.fromEntries(written))
  })

  it("never asks for a value anywhere but in a body", () => {
    const asked = Object.values<Route>(routes)
      .flatMap(({ params, query }) => [params, query])
      .filter((schema) => schema !== undefined)
      .flatMap((schema) => Object.keys(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }).properties ?? {}))
    expect(asked).toContain("ref")
    expect(asked).not.toContain("value")
  })

  it("hands out values in two answers alone", () => {
    const withValue = Object.entries<Route>(routes)
      .filter(([, route]) => /"value":/.test(JSON.stringify(z.toJSONSchema(route.answer, { io: "output", unrepresentable: "any" }))))
      .map(([name]) => name)
    expect(withValue.toSorted()).toEqual(["revealSecret", "revealSecrets"])
  })
})
