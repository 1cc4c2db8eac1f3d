import * as z from "zod/mini"
import { environmentFields, EnvironmentName, syncFields } from "../core/environments/environment-shapes.ts"
import { ENVIRONMENT_STATES } from "../core/environments/environment-states.ts"
import { ENV_FORMATS } from "../envfile/env-format.ts"
import { DELIVERY_MODES, SANDBOX_LIMITS } from "../core/sandbox/limits.ts"
import { bodyObject, Count, Time, Workspace } from "./fields.ts"
import { defineRoute } from "./route.ts"

const inWorkspace = z.object({ w: Workspace })
const oneEnvironment = z.object({ w: Workspace, name: EnvironmentName })
const oneSandbox = z.object({ id: z.string("id must be a string").check(z.maxLength(64, "id is too long")) })
const names = z.array(z.string())
const refused = z.array(z.strictObject({ key: z.string(), code: z.string() }))
const warnings = z.array(z.strictObject({ key: z.nullable(z.string()), code: z.string() }))

const EnvironmentAnswer = z.strictObject({
  name: z.string(),
  namespace: z.string(),
  state: z.enum(ENVIRONMENT_STATES),
  address: z.nullable(z.string()),
  allowsPrivate: z.boolean(),
  keys: names,
  restart: z.enum(["auto", "never"]),
  sandbox: z.nullable(z.strictObject({ format: z.enum(ENV_FORMATS), mode: z.enum(DELIVERY_MODES), leaseMs: z.nullable(Count) })),
  generation: Count,
  delivered: z.array(z.strictObject({ key: z.string(), version: Count })),
  error: z.nullable(z.string()),
  attempts: Count,
  contactAt: z.nullable(Time),
  enrolmentExpiresAt: z.nullable(Time),
  lastResult: z.nullable(
    z.strictObject({
      generation: Count, added: names, updated: names, removed: names, refused, warnings,
      restarted: z.boolean(), isAppBack: z.nullable(z.boolean()), isRestored: z.boolean(),
    }),
  ),
  createdAt: Time,
  updatedAt: Time,
})

const SyncAnswer = z.strictObject({
  target: z.string(),
  generation: Count,
  mode: z.enum(["plan", "apply"]),
  added: names,
  updated: names,
  removed: names,
  unchanged: Count,
  restarted: z.boolean(),
  warnings: z.array(z.strictObject({ key: z.string(), code: z.string() })),
})

const Signed = z.strictObject({ body: z.unknown(), proof: z.string() })

export const environmentRoutes = {
  addEnvironment: defineRoute({
    method: "POST",
    path: "/workspaces/:w/environments",
    access: { needs: "admin", on: "workspace" },
    summary: "A remote environment that the workspace is to deliver to; it gets nothing before it is enrolled. Needs `reveal` besides, and `admin` on the store for an address of its own machine or network.",
    params: inWorkspace,
    body: bodyObject(environmentFields()),
    status: 201,
    answer: EnvironmentAnswer,
  }),
  listEnvironments: defineRoute({
    method: "GET",
    path: "/workspaces/:w/environments",
    access: { needs: "list", on: "workspace" },
    summary: "The environments of a workspace, by name.",
    params: inWorkspace,
    status: 200,
    answer: z.array(EnvironmentAnswer),
  }),
  environmentStatus: defineRoute({
    method: "GET",
    path: "/workspaces/:w/environments/:name",
    access: { needs: "list", on: "workspace" },
    summary: "How an environment stands: what is delivered there, by name and version, and what failed.",
    params: oneEnvironment,
    status: 200,
    answer: EnvironmentAnswer,
  }),
  removeEnvironment: defineRoute({
    method: "DELETE",
    path: "/workspaces/:w/environments/:name",
    access: { needs: "admin", on: "workspace" },
    summary: "Takes away what stands in the sandbox, then the environment; `removed` is false while that is owed. With `force` it goes at once.",
    params: oneEnvironment,
    query: z.object({ force: z.optional(z.literal("true", "force is true, or left out")) }),
    status: 200,
    answer: z.strictObject({ removed: z.boolean() }),
  }),
  enrollEnvironment: defineRoute({
    method: "POST",
    path: "/workspaces/:w/environments/:name/enrolment",
    access: { needs: "admin", on: "workspace" },
    summary: "A token by which one daemon becomes the environment's sandbox, once, within minutes. Shown this once. Needs `reveal` besides.",
    params: oneEnvironment,
    status: 201,
    answer: z.strictObject({ token: z.string(), expiresAt: Time }),
  }),
  syncEnvironment: defineRoute({
    method: "POST",
    path: "/workspaces/:w/environments/:name/sync",
    access: { needs: "use", on: "workspace" },
    summary: "Brings the sandbox what it is to have, or with `mode` plan says what that would be: by name.",
    params: oneEnvironment,
    body: bodyObject(syncFields()),
    status: 200,
    answer: SyncAnswer,
  }),
  pollSandbox: defineRoute({
    method: "POST",
    path: "/sandboxes/:id/poll",
    access: { needs: "nothing" },
    summary: "A daemon that connects out calls in, and is held for some seconds until there is something to say. Its signature authorises it.",
    params: oneSandbox,
    body: bodyObject({ enrolment: z.optional(Signed), hello: Signed }),
    bodyMaxParts: SANDBOX_LIMITS.partsMax,
    status: 200,
    answer: z.strictObject({ kind: z.enum(["delivery", "renewal", "command", "nothing"]), statement: z.optional(Signed) }),
  }),
  replySandbox: defineRoute({
    method: "POST",
    path: "/sandboxes/:id/reply",
    access: { needs: "nothing" },
    summary: "Such a daemon answers a statement. Its signature authorises it.",
    params: oneSandbox,
    body: bodyObject({
      kind: z.enum(["receipt", "command"], "kind is receipt or command"),
      id: z.optional(z.string("id must be a string").check(z.maxLength(64, "id is too long"))),
      statement: Signed,
    }),
    bodyMaxBytes: SANDBOX_LIMITS.answerMaxBytes,
    bodyMaxParts: SANDBOX_LIMITS.partsMax,
    status: 200,
    answer: z.strictObject({ isTaken: z.boolean() }),
  }),
}
