import type { Handlers } from "../call.ts"
import type { secretRoutes } from "../../api/secret-routes.ts"
import { assertWorkspaceExists } from "../../core/access/find-workspace.ts"
import { changeByRef } from "../../core/by-ref/change-by-ref.ts"
import { findSecretFor } from "../../core/by-ref/find-secret.ts"
import { removeByRef } from "../../core/by-ref/remove-by-ref.ts"
import { revealByRef } from "../../core/by-ref/reveal-by-ref.ts"
import type { SecretItem } from "../../core/by-ref/secret-ref.ts"
import { create } from "../../core/create.ts"
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

const itemOf = ({ key, value }: Written, { secretId }: { secretId: string }): SecretItem => ({ id: secretId, key, hasValue: value !== "" })

const named = ({ key: name, ...content }: Written) => ({ name, ...content })

export const secretHandlers: Handlers<keyof typeof secretRoutes> = {
  listSecrets: ({ ctx, params: { w: namespace }, query: { limit, cursor, ...filters } }) =>
    limit === undefined
      ? listKeys(ctx, { namespace })
      : listItems(ctx, { namespace, paginationOpts: { numItems: limit, cursor: cursor ?? null }, ...filters }),

  createSecret: async ({ ctx, params, body }) => itemOf(body, await create(ctx, { namespace: params.w, ...named(body) })),

  upsertSecret: async ({ ctx, params, body }) => itemOf(body, await put(ctx, { namespace: params.w, ...named(body) })),

  putSecrets: async ({ ctx, params, body: { secrets, purpose } }) => {
    const results = await putMany(ctx, { namespace: params.w, secrets: secrets.map(({ key, ...content }) => ({ name: key, ...content })), purpose })
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
