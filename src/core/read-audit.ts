import { isSecretError } from "../base/errors.ts"
import type { NewEvent } from "./event.ts"
import { eventRow } from "./event.ts"
import type { NewEventRow } from "./ports/rows.ts"
import type { Storage, Transaction } from "./ports/storage.ts"
import type { Actor } from "./principal.ts"

/**
 * Makes reads durable in groups: all that wait share one transaction, so a busy server pays one commit for many reads. No
 * value leaves before `record` resolves.
 */
export interface ReadAudit {
  /** @throws whatever the actor's `assertLive` throws: a credential revoked meanwhile gets no value */
  record(actor: Actor, events: readonly NewEvent[]): Promise<void>
}

interface Entry {
  actor: Actor
  rows: readonly NewEventRow[]
  resolve: () => void
  reject: (error: unknown) => void
}

/**
 * @param nextTurn resolves once the requests that lie ready have been taken in: an engine that writes on this thread would
 * otherwise commit for each by itself
 */
export const createReadAudit = (storage: Storage, nextTurn: () => Promise<unknown>): ReadAudit => {
  let waiting: Entry[] = []
  let isWriting = false

  const drain = async (): Promise<void> => {
    isWriting = true
    while (waiting.length > 0) {
      await nextTurn()
      const group = waiting
      waiting = []
      await commitGroup(storage, group)
    }
    isWriting = false
  }

  return {
    record: (actor, events) =>
      new Promise((resolve, reject) => {
        waiting.push({ actor, rows: events.map(eventRow), resolve, reject }) // one that has no canonical form fails alone
        if (!isWriting) void drain()
      }),
  }
}

const commitGroup = async (storage: Storage, group: readonly Entry[]): Promise<void> => {
  try {
    const refusals = await storage.write((tx) => writeGroup(tx, group))
    for (const entry of group) {
      const refusal = refusals.get(entry)
      if (refusal === undefined) entry.resolve()
      else entry.reject(refusal)
    }
  } catch (error) {
    for (const entry of group) entry.reject(error)
  }
}

const writeGroup = async (tx: Transaction, group: readonly Entry[]): Promise<Map<Entry, unknown>> => {
  const refusals = new Map<Entry, unknown>()
  const rows: NewEventRow[] = []
  for (const entry of group) {
    const refusal = await refusalOf(tx, entry.actor)
    if (refusal === null) rows.push(...entry.rows)
    else refusals.set(entry, refusal)
  }
  await tx.runMany("appendEvent", rows)
  await tx.runMany("touchSecret", lastUses(rows))
  return refusals
}

const refusalOf = async (tx: Transaction, actor: Actor): Promise<unknown> => {
  try {
    await actor.assertLive?.(tx)
    return null
  } catch (error) {
    if (isSecretError(error) && error.code === "storage_unavailable") throw error
    return error
  }
}

const lastUses = (rows: readonly NewEventRow[]): { secretId: Uint8Array; usedAt: number }[] =>
  rows.flatMap(({ secretId, createdAt }) => (secretId ? [{ secretId, usedAt: createdAt }] : []))
