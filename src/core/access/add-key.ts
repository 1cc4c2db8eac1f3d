import type { StoreContext } from "../context.ts"
import type { Actor } from "../principal.ts"
import { NoArgs } from "../shapes.ts"
import { SecretError } from "../../base/errors.ts"
import { defineUseCase, type UseCase } from "../use-case.ts"

/** Whoever keeps the key ring. No key ever passes through: a new one is made where the ring lives. */
export interface KeyAdministration {
  /** Makes a key, adds it to the ring and makes it the active one. */
  addKey(actor: Actor): Promise<{ version: number }>
  /** Retires a key version in the store and takes it out of the ring. @throws SecretError `key_in_use`, `not_found` */
  retireKey(version: number, actor: Actor): Promise<{ version: number }>
}

/** Adds a key where the ring lives, for administrators of the store. @throws SecretError `not_supported` where nobody can */
export const addKeyTo = (keys: KeyAdministration | undefined): UseCase<Record<never, never>, { version: number }> =>
  defineUseCase({
    name: "addKey",
    permission: "admin",
    scope: "store",
    events: ["keyring_key_added"],
    args: NoArgs,
    run: (ctx: StoreContext) => {
      if (keys !== undefined) return keys.addKey(ctx.actor)
      throw new SecretError("not_supported", "this server does not keep its key ring by itself", {
        help: "Add the new key where the ring comes from (SOTTO_KEYS, a key service), and restart.",
      })
    },
  })
