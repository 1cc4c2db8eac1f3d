import { appendEvents, assertKeysCurrent, nowOf, type StoreContext } from "./context.ts"
import { secretEvent } from "./event.ts"
import { DEFAULT_NAMESPACE } from "./limits.ts"
import type { SecretRow } from "./ports/rows.ts"
import { secretTags } from "./row-tags.ts"
import { UpdateArgs } from "./shapes.ts"
import { defineUseCase } from "./use-case.ts"
import { assertIfVersion, metadataText, tagged } from "./write-secrets.ts"

export type UpdateResult = { updated: false } | { updated: true; updatedAt: number; expiresAt?: number; version: number }

/** Changes metadata or expiry; the value, its version number and its ciphertext stay. */
export const update = defineUseCase({
  name: "update",
  permission: "write",
  scope: "workspace",
  events: ["updated"],
  args: UpdateArgs,
  run: (ctx, { namespace = DEFAULT_NAMESPACE, name, ...change }): Promise<UpdateResult> =>
    ctx.storage.write(async (tx) => {
      const keys = ctx.keys.current
      await assertKeysCurrent(tx, keys)
      const row = await tx.one("lockSecret", { namespace, name })
      assertIfVersion({ name, ifVersion: change.ifVersion }, row)
      if (row === null) return { updated: false }
      secretTags.assert(keys, row)
      const next = changeRow(row, change, nowOf(ctx))
      await tx.run("updateSecret", tagged(keys, next))
      await appendEvents(tx, [updateEvent(ctx, next, change)])
      const { updatedAt, number: version, expiresAt } = next
      return { updated: true, updatedAt, ...(expiresAt !== null && { expiresAt }), version }
    }),
})

interface Change {
  metadata?: Record<string, unknown> | null | undefined
  ttlMs?: number | null | undefined
}

export const changeRow = (row: SecretRow, { metadata, ttlMs }: Change, now: number): SecretRow => ({
  ...row,
  updatedAt: now,
  ...(metadata !== undefined && { metadata: metadataText(metadata) }),
  ...(ttlMs !== undefined && { expiresAt: ttlMs === null ? null : now + ttlMs }),
})

export const updateEvent = (ctx: StoreContext, row: SecretRow, change: Change) =>
  secretEvent(row, {
    type: "updated",
    at: row.updatedAt,
    principal: ctx.actor.principal,
    metadata: {
      changed: [...(change.metadata === undefined ? [] : ["metadata"]), ...(change.ttlMs === undefined ? [] : ["ttl"])],
    },
  })
