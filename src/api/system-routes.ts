import * as z from "zod/mini"
import { defineRoute } from "./route.ts"

const nobody = { needs: "nothing" } as const

export const systemRoutes = {
  openApi: defineRoute({
    method: "GET",
    path: "/openapi.json",
    access: nobody,
    summary: "This contract, as OpenAPI 3.1.",
    status: 200,
    answer: z.record(z.string(), z.unknown()),
  }),
  health: defineRoute({
    method: "GET",
    path: "/healthz",
    isAtRoot: true,
    access: nobody,
    summary: "The process runs.",
    status: 200,
    answer: z.strictObject({ status: z.literal("ok") }),
  }),
  readiness: defineRoute({
    method: "GET",
    path: "/readyz",
    isAtRoot: true,
    access: nobody,
    summary: "The database answers and the key ring opens it.",
    status: 200,
    answer: z.strictObject({ status: z.literal("ready") }),
  }),
}
