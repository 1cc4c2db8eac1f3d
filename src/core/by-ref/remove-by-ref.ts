import { defineUseCase } from "../use-case.ts"
import { deleteSecret } from "../remove.ts"
import { findByRef, lockByRef, SecretRefArgs } from "./secret-ref.ts"

/** Deletes one secret. @throws SecretError `not_found` */
export const removeByRef = defineUseCase({
  name: "remove",
  permission: "write",
  scope: "workspace",
  events: ["deleted"],
  args: SecretRefArgs,
  run: async (ctx, args): Promise<void> => {
    await findByRef(ctx, args)
    await ctx.storage.write(async (tx) => deleteSecret(ctx, tx, await lockByRef(ctx, tx, args), "removed"))
  },
})
