import { SecretError } from "../../base/errors.ts"
import { appendEvents, nowOf, type StoreContext } from "../context.ts"
import { sessionTags } from "../row-tags.ts"
import { defineUseCase } from "../use-case.ts"
import { SessionRef } from "./access-shapes.ts"
import { readSignedIn } from "./signed-in.ts"

/** Signs the caller out of a session of theirs. @throws SecretError `not_found` */
export const endSession = defineUseCase({
  name: "endSession",
  permission: null,
  scope: "store",
  events: ["person_signed_out"],
  args: SessionRef,
  run: (ctx, { id }) => dropSession(ctx, id, (principalId) => principalId === ctx.actor.principal.id),
})

/** Signs anybody out. @throws SecretError `not_found` */
export const endAnySession = defineUseCase({
  name: "endAnySession",
  permission: "admin",
  scope: "store",
  events: ["person_signed_out"],
  args: SessionRef,
  run: (ctx, { id }) => dropSession(ctx, id, () => true),
})

const dropSession = (ctx: StoreContext, id: string, isTheirs: (principalId: string) => boolean): Promise<{ ended: boolean }> =>
  ctx.storage.write(async (tx) => {
    const row = await tx.one("findSession", { id })
    const missing = new SecretError("not_found", `Session with ID ${id} not found`)
    if (row === null) throw missing
    sessionTags.assert(ctx.keys.current, row)
    const { principal } = readSignedIn(row.actor)
    if (!isTheirs(principal.id) || (await tx.run("deleteSession", { id })) === 0) throw missing
    const metadata = { sessionId: id, person: principal.id }
    await appendEvents(tx, [{ type: "person_signed_out", at: nowOf(ctx), principal: ctx.actor.principal, metadata }])
    return { ended: true }
  })
