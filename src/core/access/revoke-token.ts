import { SecretError } from "../../base/errors.ts"
import { appendEvents, assertKeysCurrent, nowOf } from "../context.ts"
import { tokenTags } from "../row-tags.ts"
import type { Transaction } from "../ports/storage.ts"
import { defineUseCase } from "../use-case.ts"
import { TokenRef } from "./access-shapes.ts"
import { readSignedIn } from "./signed-in.ts"

/**
 * Ends a token at once, everywhere, with the sessions and links that it made; the row stays for the record. Again is no error.
 * @throws SecretError `not_found`
 */
export const revokeToken = defineUseCase({
  name: "revokeToken",
  permission: "admin",
  scope: "store",
  events: ["token_revoked"],
  args: TokenRef,
  run: (ctx, { id }): Promise<{ revoked: boolean }> =>
    ctx.storage.write(async (tx) => {
      const keys = ctx.keys.current
      await assertKeysCurrent(tx, keys)
      const row = await tx.one("lockToken", { id })
      if (row === null) throw new SecretError("not_found", `Token with ID ${id} not found`)
      tokenTags.assert(keys, row)
      if (row.revokedAt !== null) return { revoked: false }
      const at = nowOf(ctx)
      const revoked = { ...row, revokedAt: at }
      await tx.run("updateToken", { ...revoked, tag: tokenTags.seal(keys, revoked) })
      const metadata = { tokenId: id, name: row.name, kind: row.kind, owner: row.owner }
      await endWhatItMade(tx, id)
      await appendEvents(tx, [{ type: "token_revoked", at, principal: ctx.actor.principal, metadata }])
      return { revoked: true }
    }),
})

const endWhatItMade = async (tx: Transaction, tokenId: string): Promise<void> => {
  const isOf = ({ actor }: { actor: string }): boolean => readSignedIn(actor).owner === tokenId
  for (const { id } of (await tx.all("listSessions", {})).filter(isOf)) await tx.run("deleteSession", { id })
  for (const { id } of (await tx.all("listLinks", {})).filter(isOf)) await tx.run("deleteLink", { id })
}
