import type { StoreContext } from "./context.ts"
import { DEFAULT_NAMESPACE } from "./limits.ts"
import { SecretReading } from "./reading.ts"
import { auditRead, findCurrent, openSecret, readExpiry, readMetadata, unavailableReason, type OpenedSecret, type Unavailable } from "./read-secret.ts"
import { GetManyArgs } from "./shapes.ts"
import { StaleKeys } from "./store-keys.ts"
import { defineUseCase, withFreshKeys } from "./use-case.ts"

export interface GetManyResult {
  /** In the order of the names asked for. */
  secrets: (SecretReading & { name: string })[]
  missing: { name: string; reason: Unavailable }[]
}

/** The values of many secrets of one workspace. One that cannot be had is named; one that was tampered with throws. */
export const getMany = defineUseCase({
  name: "getMany",
  permission: "reveal",
  scope: "workspace",
  events: ["read", "exported"],
  args: GetManyArgs,
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, names, purpose }): Promise<GetManyResult> => {
    const wanted = [...new Set(names)]
    const { opened, missing } = await openAll(ctx, namespace, wanted)
    await auditRead(ctx, opened, purpose === "export" ? "exported" : "read")
    return { secrets: opened.map(readingOf), missing }
  },
})

const openAll = async (ctx: StoreContext, namespace: string, names: readonly string[]) => {
  const rows = await ctx.storage.all("findCurrents", { namespace, names: JSON.stringify(names) })
  const byName = new Map(rows.map((row) => [row.name, row]))
  const opened: OpenedSecret[] = []
  const missing: GetManyResult["missing"] = []
  let isRenewed = false
  for (const name of names) {
    const open = async () => openSecret(ctx, byName.get(name) ?? (await findCurrent(ctx, namespace, name)), { name })
    try {
      opened.push(await (isRenewed ? open() : withFreshKeys(ctx, open)))
    } catch (error) {
      const reason = unavailableReason(error instanceof StaleKeys ? error.failure : error)
      if (reason === null) throw error
      if (reason === "key_unavailable") isRenewed = true // the keys were read again once: another orphan is no news
      missing.push({ name, reason })
    }
  }
  return { opened, missing }
}

class NamedReading extends SecretReading {
  declare readonly name: string
}

const readingOf = ({ row, version, value }: OpenedSecret): NamedReading =>
  Object.assign(
    new NamedReading(row.name, { value, version, updatedAt: row.updatedAt, ...readMetadata(row), ...readExpiry(row) }),
    { name: row.name },
  )
