import { NoArgs } from "../shapes.ts"
import { defineUseCase } from "../use-case.ts"
import { AnyWorkspaceRef } from "./access-shapes.ts"
import { assertWorkspaceExists } from "./find-workspace.ts"

/** Whether the caller may hear of changes in a workspace. @throws SecretError `not_found`, `forbidden` */
export const watchWorkspace = defineUseCase({
  name: "watch",
  permission: "list",
  scope: "workspace",
  events: [],
  args: AnyWorkspaceRef,
  run: (ctx, { namespace }) => assertWorkspaceExists(ctx, namespace),
})

/** Whether the caller may hear of changes anywhere. @throws SecretError `forbidden` */
export const watchAll = defineUseCase({
  name: "watch",
  permission: "list",
  scope: "anywhere",
  events: [],
  args: NoArgs,
  run: async () => undefined,
})
