import * as z from "zod/mini"
import { deleteSecret } from "../remove.ts"
import { IfVersion } from "../shapes.ts"
import { defineUseCase } from "../use-case.ts"
import { assertIfVersion } from "../write-secrets.ts"
import { findByRef, lockByRef, refArgs } from "./secret-ref.ts"

/** Deletes one secret. @throws SecretError `not_found`, `version_conflict` */
export const removeByRef = defineUseCase({
  name: "remove",
  permission: "write",
  scope: "workspace",
  events: ["deleted"],
  args: () => z.strictObject({ ...refArgs, ifVersion: z.optional(IfVersion) }),
  run: async (ctx, args): Promise<void> => {
    await findByRef(ctx, args)
    await ctx.storage.write(async (tx) => {
      const row = await lockByRef(ctx, tx, args)
      assertIfVersion({ name: row.name, ifVersion: args.ifVersion }, row)
      await deleteSecret(ctx, tx, row, "removed")
    })
  },
})
