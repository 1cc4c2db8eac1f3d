import { appendEvents, nowOf, type StoreContext } from "./context.ts"
import { secretEvent } from "./event.ts"
import { DEFAULT_NAMESPACE } from "./limits.ts"
import type { SecretRow } from "./ports/rows.ts"
import type { Transaction } from "./ports/storage.ts"
import { secretTags } from "./row-tags.ts"
import { RemoveArgs } from "./shapes.ts"
import { defineUseCase } from "./use-case.ts"
import { assertIfVersion } from "./write-secrets.ts"

export interface RemoveResult {
  removed: boolean
}

/** Deletes a secret with all its versions; its events stay. A row that fails its check can be removed too: nothing of it is shown. */
export const remove = defineUseCase({
  name: "remove",
  permission: "write",
  scope: "workspace",
  events: ["deleted"],
  args: RemoveArgs,
  run: (ctx, { namespace = DEFAULT_NAMESPACE, name, ifVersion }): Promise<RemoveResult> =>
    ctx.storage.write(async (tx) => {
      const row = await tx.one("lockSecret", { namespace, name })
      assertIfVersion({ name, ifVersion }, row)
      if (row === null) return { removed: false }
      if (ifVersion !== undefined) secretTags.assert(ctx.keys.current, row)
      await deleteSecret(ctx, tx, row, "removed")
      return { removed: true }
    }),
})

/** Takes a secret out with its versions and last use, and says so in the log. */
export const deleteSecret = async (ctx: StoreContext, tx: Transaction, row: SecretRow, reason: string): Promise<void> => {
  await tx.run("deleteVersions", { secretId: row.id })
  await tx.run("deleteUse", { secretId: row.id })
  if ((await tx.run("deleteSecret", { id: row.id })) === 0) return // somebody else was first, and said so
  const event = { type: "deleted" as const, at: nowOf(ctx), principal: ctx.actor.principal, metadata: { reason } }
  await appendEvents(tx, [secretEvent(row, event)])
}
