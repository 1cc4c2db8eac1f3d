import { SecretError } from "../../base/errors.ts"
import { appendEvents, nowOf } from "../context.ts"
import { isAllowedOnStore } from "../authorize.ts"
import { sessionTags } from "../row-tags.ts"
import { defineUseCase } from "../use-case.ts"
import { SessionRef } from "./access-shapes.ts"
import { readSignedIn } from "./signed-in.ts"

/** Signs a person out: their own session, or with `admin` anybody's. @throws SecretError `not_found` */
export const endSession = defineUseCase({
  name: "endSession",
  permission: null,
  scope: "store",
  events: ["person_signed_out"],
  args: SessionRef,
  run: (ctx, { id }): Promise<{ ended: boolean }> =>
    ctx.storage.write(async (tx) => {
      const row = await tx.one("findSession", { id })
      const missing = new SecretError("not_found", `Session with ID ${id} not found`)
      if (row === null) throw missing
      sessionTags.assert(ctx.keys.current, row)
      const { principal } = readSignedIn(row.actor)
      if (principal.id !== ctx.actor.principal.id && !isAllowedOnStore(ctx.actor, "admin")) throw missing
      if ((await tx.run("deleteSession", { id })) === 0) throw missing
      await appendEvents(tx, [{ type: "person_signed_out", at: nowOf(ctx), principal, metadata: { sessionId: id } }])
      return { ended: true }
    }),
})
