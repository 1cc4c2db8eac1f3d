import { SecretError } from "../../base/errors.ts"
import type { NewEvent } from "../event.ts"
import { nowOf, type StoreContext, type Transaction } from "../context.ts"
import type { EnvironmentRow } from "../ports/rows.ts"
import type { Principal } from "../principal.ts"
import { environmentTags } from "../row-tags.ts"
import type { DeliveryBody, SandboxFacts } from "../sandbox/messages.ts"

/** A version of a secret in a sandbox. `id` tells versions apart where a secret was deleted and made again; null where unknown. */
export interface DeliveredVersion {
  key: string
  version: number
  id: string | null
}

/** What stands in the sandbox, by its last receipt. */
export interface Applied {
  generation: number
  manifest: DeliveredVersion[]
}

/** The same, and which of the store's statements it goes by. */
export interface Standing extends Applied {
  /** The last statement that was answered: none is answered twice. */
  answered?: number
  /** When the last one went out after which the sandbox may hold values, while it has no answer. */
  saidAt?: number
}

/** What is on its way, or was lost on it. */
export interface Sent extends Applied {
  restart: DeliveryBody["restart"]
  /** When the first of it expires by itself. */
  expiryAt: number | null
  /** Keys of earlier ones that nobody answered, and that are not in this one: they may stand there. */
  mayStand?: string[]
}

/** What the last delivery did. */
export interface SyncResult {
  generation: number
  added: string[]
  updated: string[]
  removed: string[]
  refused: { key: string; code: string }[]
  /** Of one key or, with null, of the whole file. */
  warnings: { key: string | null; code: string }[]
  restarted: boolean
  isAppBack: boolean | null
  isRestored: boolean
}

export interface Enrolment {
  nonce: string
  expiresAt: number
}

export const appliedOf = ({ applied }: Pick<EnvironmentRow, "applied">): Standing => JSON.parse(applied) as Standing
export const sentOf = ({ sent }: EnvironmentRow): Sent | null => (sent === null ? null : (JSON.parse(sent) as Sent))
export const resultOf = ({ result }: EnvironmentRow): SyncResult | null => (result === null ? null : (JSON.parse(result) as SyncResult))
export const factsOf = ({ facts }: EnvironmentRow): SandboxFacts | null => (facts === null ? null : (JSON.parse(facts) as SandboxFacts))
export const enrolmentOf = ({ enrolment }: EnvironmentRow): Enrolment | null => (enrolment === null ? null : (JSON.parse(enrolment) as Enrolment))
/** What stands in the sandbox, or may: what was sent and not answered may have arrived. */
export const keysThere = (row: EnvironmentRow): Set<string> => {
  const sent = sentOf(row)
  return new Set([...appliedOf(row).manifest, ...(sent?.manifest ?? [])].map(({ key }) => key).concat(sent?.mayStand ?? []))
}
export const patternsOf = ({ keys }: EnvironmentRow): string[] => JSON.parse(keys) as string[]

export const NOTHING_APPLIED: Applied = { generation: 0, manifest: [] }

export const saveEnvironment = (ctx: StoreContext, tx: Transaction, row: EnvironmentRow): Promise<number> => {
  const changed = { ...row, updatedAt: nowOf(ctx) }
  return tx.run("updateEnvironment", { ...changed, tag: environmentTags.seal(ctx.keys.current, changed) })
}

/** @throws SecretError `not_found` */
export const findEnvironment = async (ctx: StoreContext, namespace: string, name: string): Promise<EnvironmentRow> => {
  const row = await ctx.storage.one("findEnvironment", { namespace, name })
  if (row === null) throw environmentNotFound(name)
  environmentTags.assert(ctx.keys.current, row)
  return row
}

/** Held until the transaction ends; null where it is gone. */
export const lockEnvironment = async (ctx: StoreContext, tx: Transaction, id: string): Promise<EnvironmentRow | null> => {
  const row = await tx.one("lockEnvironment", { id })
  if (row !== null) environmentTags.assert(ctx.keys.current, row)
  return row
}

export const environmentNotFound = (name: string): SecretError =>
  new SecretError("not_found", `there is no environment "${name}"`, { details: { environment: name }, help: "`sotto env list` shows what there is." })

/** In whose name the store delivers by itself. */
export const SYNC_PRINCIPAL: Principal = { kind: "service", id: "sync", name: "sync" }

export const environmentEvent = (
  ctx: StoreContext,
  row: Pick<EnvironmentRow, "namespace" | "name">,
  event: Pick<NewEvent, "type"> & { principal?: Principal; more?: Record<string, unknown> },
): NewEvent => ({
  type: event.type,
  at: nowOf(ctx),
  principal: event.principal ?? ctx.actor.principal,
  namespace: row.namespace,
  metadata: { environment: row.name, ...event.more },
})
