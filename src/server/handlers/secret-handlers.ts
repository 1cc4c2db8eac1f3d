import type { Handlers } from "../call.ts"
import type { secretRoutes } from "../../api/secret-routes.ts"
import { isSecretError, SecretError } from "../../base/errors.ts"
import { assertWorkspaceExists } from "../../core/access/find-workspace.ts"
import { changeByRef } from "../../core/by-ref/change-by-ref.ts"
import { findSecretFor } from "../../core/by-ref/find-secret.ts"
import { removeByRef } from "../../core/by-ref/remove-by-ref.ts"
import { revealByRef } from "../../core/by-ref/reveal-by-ref.ts"
import type { SecretItem } from "../../core/by-ref/secret-ref.ts"
import type { StoreContext } from "../../core/context.ts"
import { getMany } from "../../core/get-many.ts"
import { listItems, listKeys } from "../../core/list-items.ts"
import { put } from "../../core/put.ts"
import { putMany } from "../../core/put-many.ts"
import { rollback } from "../../core/rollback.ts"
import { versions } from "../../core/versions.ts"

const findForVersions = findSecretFor(versions.rule)
const findForRollback = findSecretFor(rollback.rule)

interface Written {
  key: string
  value: string
  metadata?: Record<string, unknown> | null | undefined
  ttlMs?: number | null | undefined
}

const store = async (ctx: StoreContext, namespace: string, body: Written, ifVersion?: number): Promise<SecretItem> => {
  const { key, value, metadata, ttlMs } = body
  const { secretId } = await put(ctx, { namespace, name: key, value, metadata, ttlMs, ifVersion })
  return { id: secretId, key, hasValue: value !== "" }
}

const create = async (ctx: StoreContext, namespace: string, body: Written): Promise<SecretItem> => {
  try {
    return await store(ctx, namespace, body, 0)
  } catch (error) {
    if (!isSecretError(error) || error.code !== "version_conflict") throw error
    throw new SecretError("already_exists", `Secret with key ${body.key} already exists`)
  }
}

export const secretHandlers: Handlers<keyof typeof secretRoutes> = {
  listSecrets: ({ ctx, params: { w: namespace }, query: { limit, cursor, ...filters } }) =>
    limit === undefined
      ? listKeys(ctx, { namespace })
      : listItems(ctx, { namespace, paginationOpts: { numItems: limit, cursor: cursor ?? null }, ...filters }),

  createSecret: ({ ctx, params, body }) => create(ctx, params.w, body),

  upsertSecret: ({ ctx, params, body }) => store(ctx, params.w, body),

  putSecrets: async ({ ctx, params, body: { secrets, purpose } }) => {
    const named = secrets.map(({ key, ...content }) => ({ name: key, ...content }))
    const results = await putMany(ctx, { namespace: params.w, secrets: named, purpose })
    return { secrets: results.map(({ name, ...result }) => ({ key: name, ...result })) }
  },

  revealSecrets: async ({ ctx, params: { w: namespace }, body: { keys, purpose } }) => {
    const { secrets, missing } = await getMany(ctx, { namespace, names: keys, purpose })
    if (secrets.length === 0) await assertWorkspaceExists(ctx, namespace)
    return {
      secrets: secrets.map(({ name, value, version }) => ({ key: name, value, version })),
      missing: missing.map(({ name }) => name),
    }
  },

  updateSecret: ({ ctx, params, body }) => changeByRef(ctx, { namespace: params.w, ref: params.ref, ...body }),

  removeSecret: async ({ ctx, params, query }) => {
    await removeByRef(ctx, { namespace: params.w, ref: params.ref, ifVersion: query.ifVersion })
    return { success: true }
  },

  revealSecret: async ({ ctx, params, query }) => {
    const { key, reading } = await revealByRef(ctx, { namespace: params.w, ref: params.ref, version: query.version })
    const { value, version, updatedAt, expiresAt, metadata } = reading // as a whole it would print without its value
    return { key, value, version, updatedAt, ...(expiresAt !== undefined && { expiresAt }), ...(metadata && { metadata }) }
  },

  listVersions: async ({ ctx, params: { w: namespace, ref } }) => {
    const { key } = await findForVersions(ctx, { namespace, ref })
    return versions(ctx, { namespace, name: key })
  },

  rollbackSecret: async ({ ctx, params: { w: namespace, ref }, body }) => {
    const { key } = await findForRollback(ctx, { namespace, ref })
    return rollback(ctx, { namespace, name: key, version: body.version })
  },
}
