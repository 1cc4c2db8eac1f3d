import * as z from "zod/mini"
import { SecretError } from "../base/errors.ts"
import { appendEvents, assertKeysCurrent, nowOf, type StoreContext } from "./context.ts"
import type { Transaction } from "./ports/storage.ts"
import { keyVersionTags } from "./row-tags.ts"
import { defineUseCase } from "./use-case.ts"

/**
 * Takes a key version out of use for good: counted and marked in one transaction, which holds off every writer, so that
 * nothing can be wrapped under it in between. The number is never given to another key.
 * @throws SecretError `key_in_use` while anything is stored under it, `not_found`
 */
export const retireKey = defineUseCase({
  name: "retireKey",
  permission: "admin",
  scope: "store",
  events: ["keyring_key_retired"],
  args: () => z.strictObject({ version: z.number("version must be a number") }),
  run: (ctx, { version }): Promise<{ version: number }> =>
    ctx.storage.write(async (tx) => {
      await tx.one("lockStore", {})
      await assertKeysCurrent(tx, ctx.keys.current)
      const row = (await tx.all("listKeyVersions", {})).find((key) => key.version === version)
      if (row === undefined) throw new SecretError("not_found", `the store knows no key version ${version}`)
      keyVersionTags.assert(ctx.keys.current, row)
      if (row.state === "retired") return { version }
      await assertUnused(ctx, tx, version)
      const retired = { ...row, state: "retired" as const, retiredAt: nowOf(ctx) }
      await tx.run("updateKeyVersion", { ...retired, tag: keyVersionTags.seal(ctx.keys.current, retired) })
      await tx.run("deleteRootWrapsOfKey", { keyVersion: version })
      await appendEvents(tx, [
        { type: "keyring_key_retired", at: nowOf(ctx), principal: ctx.actor.principal, metadata: { keyVersion: version } },
      ])
      return { version }
    }),
})

const assertUnused = async (ctx: StoreContext, tx: Transaction, version: number): Promise<void> => {
  if (version === ctx.keys.current.activeKeyVersion)
    throw new SecretError("key_in_use", `key version ${version} is the active one: new values are written under it`, {
      details: { version },
      help: "Add a newer key first (`sotto keyring add`), then rotate.",
    })
  const count = (await tx.one("countVersionsOfKey", { keyVersion: version }))?.count ?? 0
  if (count === 0) return
  throw new SecretError("key_in_use", `${count} stored versions are still wrapped under key version ${version}`, {
    details: { version, count },
    help: "Run `sotto keyring rotate`, then retire the key.",
  })
}
