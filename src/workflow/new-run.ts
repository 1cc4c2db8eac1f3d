import { SecretError } from "../base/errors.ts"
import { nowOf, type StoreContext } from "../core/context.ts"
import type { RunRow } from "../core/ports/rows.ts"
import { runTags } from "../core/row-tags.ts"
import { actorText } from "../core/workflow/run-actor.ts"
import type { DraftChild } from "./run-scope.ts"

const ARGS_MAX_CHARACTERS = 1_048_576

interface NewRun {
  id: string
  namespace: string
  name: string
  args: unknown
  actor: string
  actorId: string
  parentId: string | null
  callback: string | null
  callbackMeta: string | null
}

const newRow = (ctx: StoreContext, { args, ...facts }: NewRun): RunRow => {
  const at = nowOf(ctx)
  const text = JSON.stringify(args ?? {})
  if (text.length > ARGS_MAX_CHARACTERS) throw new SecretError("payload_too_large", "the arguments of a workflow are too large")
  const row: Omit<RunRow, "tag"> = {
    ...facts, args: text, place: "start", status: "pending", state: "{}", result: null, error: null, version: 0, isReady: 1, claimedBy: null, claimedUntil: null,
    dueAt: null, createdAt: at, updatedAt: at,
  }
  return { ...row, tag: runTags.seal(ctx.keys.current, row) }
}

/** A run that the caller starts. */
export const newRunRow = (ctx: StoreContext, { id, namespace, name, args }: { id: string; namespace: string; name: string; args: unknown }): RunRow =>
  newRow(ctx, { id, namespace, name, args, actor: actorText(ctx.actor), actorId: ctx.actor.principal.id, parentId: null, callback: null, callbackMeta: null })

/** A run that another one starts: it acts as the same. */
export const newChildRow = (ctx: StoreContext, parent: RunRow, { id, name, args, callback }: DraftChild): RunRow =>
  newRow(ctx, {
    id, namespace: parent.namespace, name, args, actor: parent.actor, actorId: parent.actorId, parentId: parent.id,
    callback: callback?.transition ?? null,
    callbackMeta: callback?.metadata === undefined ? null : JSON.stringify(callback.metadata),
  })
