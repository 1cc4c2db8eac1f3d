import { DEFAULT_NAMESPACE } from "../limits.ts"
import { requestTags, isProved } from "../row-tags.ts"
import type { RequestRow } from "../ports/rows.ts"
import { defineUseCase } from "../use-case.ts"
import { personOf } from "./person.ts"
import { findRequestOrDeny } from "./request-row.ts"
import { ListRequestsArgs, RequestRef } from "./request-shapes.ts"
import { viewOf, type RequestView } from "./request-view.ts"

const LISTED_MAX = 100

/** How a request stands: for whoever made it, and for the person who is asked. @throws SecretError `not_found` for others */
export const getRequest = defineUseCase({
  name: "getRequest",
  permission: null,
  scope: "workspace",
  events: [],
  args: RequestRef,
  run: async (ctx, { requestId }): Promise<RequestView> => {
    const row = await findRequestOrDeny(ctx, requestId, { sides: ["requester", "asked"], operation: "getRequest" })
    return viewOf(ctx, ctx.storage, row)
  },
})

/** What the caller is asked in a workspace, newest first, at most 100; only what is open unless `all`. */
export const listRequests = defineUseCase({
  name: "listRequests",
  permission: "list",
  scope: "workspace",
  events: [],
  args: ListRequestsArgs,
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, all = false }): Promise<RequestView[]> => {
    const asked = personOf(ctx.actor)
    if (asked === null) return []
    const rows = await ctx.storage.all("listRequestsOfAsked", {
      asked, namespace, onlyOpen: all ? 0 : 1, beforeCreatedAt: Number.MAX_SAFE_INTEGER, limit: LISTED_MAX,
    })
    const views: RequestView[] = []
    for (const row of rows) if (isProved<RequestRow>(requestTags, ctx.keys.current, row)) views.push(await viewOf(ctx, ctx.storage, row))
    return all ? views : views.filter(({ status }) => status === "pending")
  },
})
