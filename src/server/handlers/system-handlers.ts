import type { systemRoutes } from "../../api/system-routes.ts"
import { SecretError } from "../../base/errors.ts"
import { storeTags } from "../../core/row-tags.ts"
import { withFreshKeys } from "../../core/use-case.ts"
import type { Handlers, ServerParts } from "../call.ts"

export const createSystemHandlers = (
  { ctx }: ServerParts,
  version: string,
): Handlers<keyof typeof systemRoutes> => {
  let openApi: Promise<Record<string, unknown>> | undefined
  return {
    openApi: () => (openApi ??= import("../../api/openapi.ts").then(({ printOpenApi }) => printOpenApi(version))),
    health: async () => ({ status: "ok" }),
    readiness: async () => {
      const store = await ctx.storage.one("readStore", {})
      if (store === null) throw new SecretError("storage_unavailable")
      await withFreshKeys(ctx, async () => storeTags.assert(ctx.keys.current, store))
      return { status: "ready" }
    },
  }
}
