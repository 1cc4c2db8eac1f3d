import { hex } from "../../base/bytes.ts"
import { SecretError } from "../../base/errors.ts"
import { nowOf, type StoreContext } from "../context.ts"
import { matchesAny } from "../policy/agent-rules.ts"
import { readPolicy } from "../policy/read-policy.ts"
import type { EnvironmentRow, SecretRow } from "../ports/rows.ts"
import { isExpired, openSecret } from "../read-secret.ts"
import { isReservedVariable, isVariableName } from "../references/variable-name.ts"
import { secretTags } from "../row-tags.ts"
import { SANDBOX_LIMITS } from "../sandbox/limits.ts"
import type { Applied, DeliveredVersion } from "./environment-row.ts"
import { patternsOf } from "./environment-row.ts"

/** What a sandbox is to have, with the values. */
export interface Opened {
  rows: SecretRow[]
  manifest: DeliveredVersion[]
  values: Record<string, string>
}

/** By name, what would be done. */
export interface Changes {
  added: string[]
  updated: string[]
  removed: string[]
  unchanged: string[]
}

/** Secrets that may go to an environment, by name: the environment's keys cover them, and so does each one's own policy. */
export const listDesired = async (ctx: StoreContext, environment: EnvironmentRow): Promise<SecretRow[]> => {
  if (environment.removedAt !== null) return []
  const chosen = chooseDesired(ctx, environment, await listCandidates(ctx, environment.namespace))
  if (chosen.length <= SANDBOX_LIMITS.keysMax) return chosen
  throw new SecretError("payload_too_large", `${chosen.length} secrets may go to "${environment.name}"; at most ${SANDBOX_LIMITS.keysMax} fit`)
}

/** Secrets of a workspace that may go anywhere at all. */
export const listCandidates = (ctx: StoreContext, namespace: string): Promise<SecretRow[]> => ctx.storage.all("listSecretsWithPolicy", { namespace })

/** Those of them that may go to this environment. */
export const chooseDesired = (ctx: StoreContext, environment: EnvironmentRow, candidates: readonly SecretRow[]): SecretRow[] =>
  environment.removedAt === null ? candidates.filter(createFilter(ctx, environment)) : []

/** Proves each row that it lets pass. */
const createFilter = (ctx: StoreContext, environment: EnvironmentRow): ((row: SecretRow) => boolean) => {
  const [now, patterns] = [nowOf(ctx), patternsOf(environment)]
  const isCovered = (name: string): boolean => patterns.includes("*") || matchesAny(patterns, name)
  return (row) => {
    secretTags.assertAgain(ctx.keys.current, row)
    const policy = readPolicy(row)
    if (policy === null || policy.suspendedAt !== undefined || isExpired(row, now)) return false
    if (policy.expiresAt !== undefined && now >= policy.expiresAt) return false
    const isMeant = policy.sync?.some((name) => name === "*" || name === environment.name) ?? false
    return isMeant && isDeliverable(row.name) && isCovered(row.name)
  }
}

/** A variable that programs take orders from is nobody's secret; `__proto__` is no name in an object. */
const isDeliverable = (name: string): boolean => isVariableName(name) && !isReservedVariable(name) && name !== "__proto__"

/** What was listed, opened. @throws SecretError `payload_too_large`, `decryption_failed`, `key_unavailable` */
export const openDesired = async (ctx: StoreContext, environment: EnvironmentRow, desired: readonly SecretRow[]): Promise<Opened> => {
  const names = desired.map(({ name }) => name)
  const opened: Opened = { rows: [], manifest: [], values: {} }
  if (names.length === 0) return opened
  const found = await ctx.storage.all("findCurrents", { namespace: environment.namespace, names: JSON.stringify(names) })
  const byName = new Map(found.map((row) => [row.name, row]))
  const mayGo = createFilter(ctx, environment)
  let bytes = 0
  for (const name of names) {
    const row = byName.get(name)
    if (row === undefined || !mayGo(row)) continue // it changed in this moment, and wakes the next delivery
    const { value } = await openSecret(ctx, row, { name, isProved: true })
    bytes += new TextEncoder().encode(value).length
    if (bytes > SANDBOX_LIMITS.valuesMaxBytes)
      throw new SecretError("payload_too_large", `what may go to "${environment.name}" is more than ${SANDBOX_LIMITS.valuesMaxBytes} bytes`)
    opened.rows.push(row)
    opened.manifest.push(versionOf(row))
    opened.values[name] = value
  }
  return opened
}

export const versionOf = (row: Pick<SecretRow, "name" | "number" | "versionId">): DeliveredVersion => ({ key: row.name, version: row.number, id: hex(row.versionId) })

export const changesFrom = ({ manifest }: Applied, desired: readonly DeliveredVersion[]): Changes => {
  const before = new Map(manifest.map((each) => [each.key, each]))
  const wanted = new Set(desired.map(({ key }) => key))
  const isSame = (each: DeliveredVersion): boolean => {
    const old = before.get(each.key)
    return old !== undefined && old.id !== null && old.id === each.id
  }
  return {
    added: desired.filter(({ key }) => !before.has(key)).map(({ key }) => key),
    updated: desired.filter((each) => before.has(each.key) && !isSame(each)).map(({ key }) => key),
    removed: manifest.filter(({ key }) => !wanted.has(key)).map(({ key }) => key),
    unchanged: desired.filter(isSame).map(({ key }) => key),
  }
}

export const isChange = ({ added, updated, removed }: Changes): boolean => added.length + updated.length + removed.length > 0

/** When something that stands there must go by itself: the earliest expiry of a secret or of its policy; null for never. */
export const nextExpiry = (rows: readonly SecretRow[]): number | null => {
  const times = rows.flatMap((row) => [row.expiresAt, readPolicy(row)?.expiresAt]).filter((at) => at !== null && at !== undefined)
  return times.length === 0 ? null : Math.min(...times)
}
