import { isBoxNamespace } from "./boxes/namespace.ts"
import type { StoreContext } from "./context.ts"
import { keyVersionTags } from "./row-tags.ts"
import { NoArgs } from "./shapes.ts"
import { defineUseCase } from "./use-case.ts"

export interface KeyVersionStatus {
  version: number
  state: "active" | "enabled" | "retired"
  /** Whether this process holds the key. */
  isAtHand: boolean
  createdAt: number
  retiredAt?: number
  /** Stored versions wrapped under it, in all and by workspace (`default` is the unnamed one). */
  versions: number
  namespaces: { namespace: string; versions: number }[]
  /** Those of them that boxes hold, which are of no workspace; absent where there are none. */
  boxes?: number
}

export interface RotationStatus {
  activeVersion: number
  keys: KeyVersionStatus[]
  /** Stale and openable with this ring. */
  remaining: number
  /** Stale, and under keys that this ring lacks. */
  unavailable: number
  /** A re-encryption has begun and not ended. */
  isReencrypting: boolean
}

/** Counts stored versions by key version and workspace. */
export const rotationStatus = defineUseCase({
  name: "rotationStatus",
  permission: "admin",
  scope: "store",
  events: [],
  args: NoArgs,
  run: (ctx) => readRotationStatus(ctx),
})

/** True when every stored version is under the active key. */
export const isRotationComplete = defineUseCase({
  name: "isRotationComplete",
  permission: "admin",
  scope: "store",
  events: [],
  args: NoArgs,
  run: async (ctx): Promise<boolean> => {
    const active = ctx.keys.current.wrapper.activeVersion
    const counts = await ctx.storage.all("countVersionsByKey", {})
    return counts.every(({ keyVersion }) => keyVersion === active)
  },
})

export const readRotationStatus = async (ctx: StoreContext): Promise<RotationStatus> => {
  const { activeKeyVersion, wrapper, roots } = ctx.keys.current
  const [counts, known] = await Promise.all([ctx.storage.all("countVersionsByKey", {}), ctx.storage.all("listKeyVersions", {})])
  const keys = known.map((row): KeyVersionStatus => {
    keyVersionTags.assert(ctx.keys.current, row)
    const own = counts.filter(({ keyVersion }) => keyVersion === row.version)
    const boxes = sum(own.filter(({ namespace }) => isBoxNamespace(namespace)))
    return {
      version: row.version,
      state: row.version === activeKeyVersion ? "active" : row.state,
      isAtHand: wrapper.versions.includes(row.version),
      createdAt: row.createdAt,
      ...(row.retiredAt !== null && { retiredAt: row.retiredAt }),
      versions: sum(own),
      namespaces: own.filter(({ namespace }) => !isBoxNamespace(namespace)).map(({ namespace, count }) => ({ namespace, versions: count })),
      ...(boxes > 0 && { boxes }),
    }
  })
  const stale = counts.filter(({ keyVersion }) => keyVersion < activeKeyVersion)
  const openable = stale.filter(({ keyVersion }) => wrapper.versions.includes(keyVersion))
  return {
    activeVersion: activeKeyVersion,
    keys,
    remaining: sum(openable),
    unavailable: sum(stale) - sum(openable),
    isReencrypting: roots.size > 1,
  }
}

const sum = (counts: readonly { count: number }[]): number => counts.reduce((total, { count }) => total + count, 0)
