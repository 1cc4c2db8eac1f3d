import { tokenTags } from "../row-tags.ts"
import { NoArgs } from "../shapes.ts"
import { defineUseCase } from "../use-case.ts"
import { tokenFacts, type TokenFacts } from "./token-facts.ts"

/** Every token of the store, revoked and expired ones too, oldest first. */
export const listTokens = defineUseCase({
  name: "listTokens",
  permission: "admin",
  scope: "store",
  events: [],
  args: NoArgs,
  run: async (ctx): Promise<TokenFacts[]> => {
    const rows = await ctx.storage.all("listTokens", {})
    for (const row of rows) tokenTags.assert(ctx.keys.current, row)
    return rows.map(tokenFacts).toSorted((a, b) => a.createdAt - b.createdAt)
  },
})
