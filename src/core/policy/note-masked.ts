import * as z from "zod/mini"
import { appendEvents, assertKeysCurrent, nowOf, type StoreContext, type Transaction } from "../context.ts"
import { secretEvent, readEvent } from "../event.ts"
import { DEFAULT_NAMESPACE } from "../limits.ts"
import type { SecretRow } from "../ports/rows.ts"
import { RequestedKey } from "../requests/request-shapes.ts"
import { secretTags } from "../row-tags.ts"
import { Namespace } from "../shapes.ts"
import { defineUseCase } from "../use-case.ts"
import { tagged } from "../write-secrets.ts"
import { policyText, readPolicy } from "./read-policy.ts"

/** So many hits within an hour are no accident. */
const HITS_MAX = 5
const WINDOW_MS = 3_600_000

/**
 * Puts on record that a value stood in what a call gave back and was masked there. Five hits of one secret within an hour
 * suspend its use by agents, until a person allows it again. @returns the keys that were suspended now
 */
export const noteMasked = defineUseCase({
  name: "noteMasked",
  permission: "use",
  scope: "workspace",
  events: ["value_masked", "use_suspended"],
  args: () => z.strictObject({ namespace: z.optional(Namespace), hits: z.record(RequestedKey, z.number().check(z.int(), z.minimum(1))) }),
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, hits }): Promise<string[]> =>
    ctx.storage.write(async (tx) => {
      await assertKeysCurrent(tx, ctx.keys.current)
      const suspended: string[] = []
      for (const [name, count] of Object.entries(hits)) {
        const row = await tx.one("lockSecret", { namespace, name })
        if (row !== null && (await noteHits(ctx, tx, row, count))) suspended.push(name)
      }
      return suspended
    }),
})

const noteHits = async (ctx: StoreContext, tx: Transaction, row: SecretRow, hits: number): Promise<boolean> => {
  secretTags.assert(ctx.keys.current, row)
  const at = nowOf(ctx)
  const about = { at, principal: ctx.actor.principal }
  const before = await hitsSince(tx, row, at - WINDOW_MS)
  await appendEvents(tx, [secretEvent(row, { ...about, type: "value_masked", metadata: { hits } })])
  const policy = readPolicy(row)
  if (policy === null || policy.suspendedAt !== undefined || before + hits < HITS_MAX) return false
  await tx.run("updateSecret", tagged(ctx.keys.current, { ...row, policy: policyText({ ...policy, suspendedAt: at }) }))
  await appendEvents(tx, [secretEvent(row, { ...about, type: "use_suspended", metadata: { hits: before + hits } })])
  return true
}

const hitsSince = async (tx: Transaction, row: SecretRow, since: number): Promise<number> => {
  const rows = await tx.all("listEventsBySecretDesc", {
    secretId: row.id, since, until: Number.MAX_SAFE_INTEGER, afterCreatedAt: Number.MAX_SAFE_INTEGER, afterSeq: Number.MAX_SAFE_INTEGER,
    name: null, type: "value_masked", principalId: null, limit: HITS_MAX,
  })
  return rows.reduce((sum, event) => sum + Number(readEvent(event).metadata?.hits ?? 0), 0)
}
