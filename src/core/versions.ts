import { SecretError } from "../base/errors.ts"
import type { StoreContext } from "./context.ts"
import { DEFAULT_NAMESPACE } from "./limits.ts"
import type { SecretRow, VersionHead } from "./ports/rows.ts"
import type { Principal } from "./principal.ts"
import { unavailable } from "./read-secret.ts"
import { secretTags, versionTags } from "./row-tags.ts"
import { RefArgs } from "./shapes.ts"
import { defineUseCase } from "./use-case.ts"

export interface SecretVersion {
  version: number
  createdAt: number
  principal?: Principal
  current: boolean
}

/** The versions that are kept of a secret, newest first; never a value. @throws SecretError `not_found` */
export const versions = defineUseCase({
  name: "versions",
  permission: "list",
  scope: "workspace",
  events: [],
  args: RefArgs,
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, name }): Promise<SecretVersion[]> => {
    const row = await ctx.storage.one("findSecret", { namespace, name })
    if (row === null) throw unavailable(name, "not_found")
    secretTags.assert(ctx.keys.current, row)
    return (await provedVersions(ctx, row)).map((head) => ({
      version: head.number,
      createdAt: head.createdAt,
      principal: JSON.parse(head.createdBy) as Principal,
      current: head.number === row.number,
    }))
  },
})

const provedVersions = async (ctx: StoreContext, row: SecretRow): Promise<VersionHead[]> => {
  const heads = await ctx.storage.all("listVersions", { secretId: row.id })
  for (const head of heads) versionTags.assert(ctx.keys.current, head)
  if (heads.some((head) => head.namespace !== row.namespace)) throw new SecretError("decryption_failed")
  return heads.filter((head) => head.number <= row.number)
}
