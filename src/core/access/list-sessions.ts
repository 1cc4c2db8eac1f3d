import { nowOf } from "../context.ts"
import type { Principal } from "../principal.ts"
import { sessionTags } from "../row-tags.ts"
import { NoArgs } from "../shapes.ts"
import { defineUseCase } from "../use-case.ts"
import { readSignedIn } from "./signed-in.ts"

export interface SessionFacts {
  id: string
  principal: Principal
  createdAt: number
  expiresAt: number
}

/** Who is signed in now, oldest first. */
export const listSessions = defineUseCase({
  name: "listSessions",
  permission: "admin",
  scope: "store",
  events: [],
  args: NoArgs,
  run: async (ctx): Promise<SessionFacts[]> => {
    const rows = (await ctx.storage.all("listSessions", {})).filter((row) => nowOf(ctx) < row.expiresAt)
    for (const row of rows) sessionTags.assert(ctx.keys.current, row)
    return rows
      .map(({ id, actor, createdAt, expiresAt }) => ({ id, principal: readSignedIn(actor).principal, createdAt, expiresAt }))
      .toSorted((a, b) => a.createdAt - b.createdAt)
  },
})
