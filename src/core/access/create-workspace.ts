import { canonicalJson } from "../../base/canonical-json.ts"
import { SecretError } from "../../base/errors.ts"
import { appendEvents, nowOf } from "../context.ts"
import { principalBody } from "../event.ts"
import { DEFAULT_NAMESPACE } from "../limits.ts"
import { defineUseCase } from "../use-case.ts"
import { NewWorkspaceRef } from "./access-shapes.ts"

/** Makes an empty workspace. @throws SecretError `already_exists` */
export const createWorkspace = defineUseCase({
  name: "createWorkspace",
  permission: "admin",
  scope: "workspace",
  events: ["workspace_created"],
  args: NewWorkspaceRef,
  run: (ctx, { namespace }): Promise<{ id: string }> =>
    ctx.storage.write(async (tx) => {
      const at = nowOf(ctx)
      const row = { id: namespace, createdAt: at, createdBy: canonicalJson(principalBody(ctx.actor.principal)) }
      if (namespace === DEFAULT_NAMESPACE || (await tx.run("insertWorkspace", row)) === 0)
        throw new SecretError("already_exists", `Workspace with ID ${namespace} already exists`)
      await appendEvents(tx, [{ type: "workspace_created", at, principal: ctx.actor.principal, namespace }])
      return { id: namespace }
    }),
})
