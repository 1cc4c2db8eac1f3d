import * as z from "zod/mini"
import { uuidToText } from "../../base/uuid.ts"
import { appendEvents, assertKeysCurrent, nowOf, type StoreContext } from "../context.ts"
import type { SecretRow } from "../ports/rows.ts"
import { IfVersion, Metadata, SecretValue, TtlMs } from "../shapes.ts"
import { changeRow, updateEvent } from "../update.ts"
import { defineUseCase } from "../use-case.ts"
import { assertIfVersion, tagged, writeSecrets } from "../write-secrets.ts"
import { findByRef, lockByRef, refArgs, type SecretItem } from "./secret-ref.ts"

const ChangeArgs = () => z.strictObject({
  ...refArgs,
  value: z.optional(SecretValue),
  metadata: z.optional(z.nullable(Metadata)),
  ttlMs: z.optional(TtlMs),
  ifVersion: z.optional(IfVersion),
})

type Change = z.output<ReturnType<typeof ChangeArgs>>

/**
 * Changes a secret that exists: a value makes a new version; without one only metadata or expiry change, or nothing, which
 * the log notes too. @throws SecretError `not_found`, `version_conflict`
 */
export const changeByRef = defineUseCase({
  name: "update",
  permission: "write",
  scope: "workspace",
  events: ["updated"],
  args: ChangeArgs,
  run: async (ctx, change): Promise<SecretItem> => {
    const row = await findByRef(ctx, change)
    return change.value === undefined ? changeFacts(ctx, change) : changeValue(ctx, row, { ...change, value: change.value })
  },
})

const changeValue = async (ctx: StoreContext, row: SecretRow, change: Change & { value: string }): Promise<SecretItem> => {
  const { value, metadata, ttlMs, ifVersion } = change
  await writeSecrets(ctx, change.namespace, [{ name: row.name, value, metadata, ttlMs, ifVersion, secretId: row.id }])
  return { id: uuidToText(row.id), key: row.name, hasValue: value !== "" }
}

const changeFacts = (ctx: StoreContext, change: Change): Promise<SecretItem> =>
  ctx.storage.write(async (tx) => {
    const keys = ctx.keys.current
    await assertKeysCurrent(tx, keys)
    const row = await lockByRef(ctx, tx, change)
    assertIfVersion({ name: row.name, ifVersion: change.ifVersion }, row)
    const isChange = change.metadata !== undefined || change.ttlMs !== undefined
    const next = isChange ? changeRow(row, change, nowOf(ctx)) : row
    if (isChange) await tx.run("updateSecret", tagged(keys, next))
    await appendEvents(tx, [{ ...updateEvent(ctx, next, change), at: nowOf(ctx) }])
    return { id: uuidToText(row.id), key: row.name, hasValue: row.hasValue === 1 }
  })
