import * as z from "zod/mini"
import { LIMITS } from "../core/limits.ts"
import { Order, SecretState } from "../core/shapes.ts"
import {
  bodyObject, Count, Id, IfVersion, Key, Metadata, numberText, pageOf, PrincipalAnswer, queryText, Ref, Success, Time, TtlMs, Value, VersionNumber,
  Workspace,
} from "./fields.ts"
import { defineRoute } from "./route.ts"

const inWorkspace = z.object({ w: Workspace })
const oneSecret = z.object({ w: Workspace, ref: Ref })

const content = { value: Value, metadata: z.optional(z.nullable(Metadata)), ttlMs: z.optional(TtlMs) }
const SecretBody = bodyObject({ key: Key, ...content })

/** A hundred thousand short values, or a thousand of the largest that JSON may write six times as long. */
const MANY_MAX_BYTES = 32 * 1024 * 1024

export const SecretItem = z.strictObject({ id: Id, key: z.string(), hasValue: z.boolean() })

export const ListedSecret = z.strictObject({
  ...SecretItem.shape,
  version: Count,
  createdAt: Time,
  updatedAt: Time,
  expiresAt: z.optional(Time),
  state: SecretState,
  keyVersion: Count,
  metadata: z.optional(Metadata),
  /** When its value was last read. */
  lastUsedAt: z.optional(Time),
})

const ListQuery = z
  .object({
    limit: z.optional(numberText("limit", 1, LIMITS.pageMaxItems)),
    cursor: z.optional(queryText("cursor", 4096)),
    prefix: z.optional(queryText("prefix", LIMITS.nameMaxCharacters)),
    state: z.optional(SecretState),
    expiringBefore: z.optional(numberText("expiringBefore", 0, Number.MAX_SAFE_INTEGER)),
    keyVersion: z.optional(numberText("keyVersion", 0, Number.MAX_SAFE_INTEGER)),
    orderBy: z.optional(z.enum(["updated", "name"], "orderBy must be updated or name")),
    order: z.optional(Order),
  })
  .check(
    z.refine(({ limit, ...filters }) => limit !== undefined || Object.values(filters).every((each) => each === undefined), {
      error: "limit is required beside the others",
      path: ["limit"],
    }),
  )

/** What a put says of the version that it made. */
const WrittenVersion = z.strictObject({
  secretId: Id,
  createdAt: Time,
  updatedAt: Time,
  expiresAt: z.optional(Time),
  isNew: z.boolean(),
  version: Count,
})

const base = "/workspaces/:w/secrets"

export const secretRoutes = {
  listSecrets: defineRoute({
    method: "GET",
    path: base,
    access: { needs: "list", on: "workspace" },
    summary: "Keys of a workspace, in their order; with `limit`, page by page and with more about each.",
    params: inWorkspace,
    query: ListQuery,
    status: 200,
    answer: z.union([z.array(SecretItem), pageOf(ListedSecret)]),
  }),
  createSecret: defineRoute({
    method: "POST",
    path: base,
    access: { needs: "write", on: "workspace" },
    summary: "Makes a secret; a workspace that is not there yet comes into being.",
    params: inWorkspace,
    body: SecretBody,
    status: 201,
    answer: SecretItem,
  }),
  upsertSecret: defineRoute({
    method: "PUT",
    path: `${base}/upsert`,
    access: { needs: "write", on: "workspace" },
    summary: "Makes a secret, or gives it a new version.",
    params: inWorkspace,
    body: SecretBody,
    status: 200,
    answer: SecretItem,
  }),
  putSecrets: defineRoute({
    method: "PUT",
    path: base,
    access: { needs: "write", on: "workspace" },
    summary: "Stores many secrets, all or none.",
    params: inWorkspace,
    body: bodyObject({
      secrets: z
        .array(bodyObject({ key: Key, ...content, ifVersion: z.optional(IfVersion) }), "secrets must be an array")
        .check(
          z.maxLength(LIMITS.batchMaxItems, `secrets must be at most ${LIMITS.batchMaxItems}`),
          z.refine((all) => new Set(all.map((each) => each.key)).size === all.length, "secrets must not name one key twice"),
        ),
      purpose: z.optional(z.literal("import", "purpose must be import")),
    }),
    bodyMaxBytes: MANY_MAX_BYTES,
    status: 200,
    answer: z.strictObject({ secrets: z.array(z.strictObject({ key: z.string(), ...WrittenVersion.shape })) }),
  }),
  revealSecrets: defineRoute({
    method: "POST",
    path: `${base}/reveal`,
    access: { needs: "reveal", on: "workspace" },
    summary: "Values of many secrets; leaves an event each.",
    params: inWorkspace,
    body: bodyObject({
      keys: z.array(Ref, "keys must be an array").check(z.maxLength(LIMITS.batchMaxItems, `keys must be at most ${LIMITS.batchMaxItems}`)),
      purpose: z.optional(z.literal("export", "purpose must be export")),
    }),
    status: 200,
    answer: z.strictObject({
      secrets: z.array(z.strictObject({ key: z.string(), value: z.string(), version: Count })),
      missing: z.array(z.string()),
    }),
  }),
  updateSecret: defineRoute({
    method: "PUT",
    path: `${base}/:ref`,
    access: { needs: "write", on: "workspace" },
    summary: "Changes a secret that is there. `ifVersion` makes it conditional.",
    params: oneSecret,
    body: bodyObject({
      value: z.optional(Value),
      metadata: z.optional(z.nullable(Metadata)),
      ttlMs: z.optional(TtlMs),
      ifVersion: z.optional(IfVersion),
    }),
    status: 200,
    answer: SecretItem,
  }),
  removeSecret: defineRoute({
    method: "DELETE",
    path: `${base}/:ref`,
    access: { needs: "write", on: "workspace" },
    summary: "Deletes a secret with all its versions; its events stay.",
    params: oneSecret,
    query: z.object({ ifVersion: z.optional(numberText("ifVersion", 1, Number.MAX_SAFE_INTEGER)) }),
    status: 200,
    answer: Success,
  }),
  revealSecret: defineRoute({
    method: "GET",
    path: `${base}/:ref/value`,
    access: { needs: "reveal", on: "workspace" },
    summary: "The value of a secret; leaves an event.",
    params: oneSecret,
    query: z.object({ version: z.optional(numberText("version", 1, Number.MAX_SAFE_INTEGER)) }),
    status: 200,
    answer: z.strictObject({
      key: z.string(),
      value: z.string(),
      version: Count,
      updatedAt: Time,
      expiresAt: z.optional(Time),
      metadata: z.optional(Metadata),
    }),
  }),
  listVersions: defineRoute({
    method: "GET",
    path: `${base}/:ref/versions`,
    access: { needs: "list", on: "workspace" },
    summary: "The versions that are kept of a secret, newest first; never a value.",
    params: oneSecret,
    status: 200,
    answer: z.array(
      z.strictObject({ version: Count, createdAt: Time, principal: z.optional(PrincipalAnswer), current: z.boolean() }),
    ),
  }),
  rollbackSecret: defineRoute({
    method: "POST",
    path: `${base}/:ref/rollback`,
    access: { needs: "write", on: "workspace" },
    summary: "Makes a new version with the value of an old one.",
    params: oneSecret,
    body: bodyObject({ version: VersionNumber }),
    status: 200,
    answer: WrittenVersion,
  }),
}
