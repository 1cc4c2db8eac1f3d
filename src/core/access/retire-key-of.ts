import * as z from "zod/mini"
import type { StoreContext } from "../context.ts"
import { retireKey } from "../retire-key.ts"
import { defineUseCase, type UseCase } from "../use-case.ts"
import type { KeyAdministration } from "./add-key.ts"

/** Retires a key version, in the ring too where the server keeps it. @throws SecretError `key_in_use`, `not_found` */
export const retireKeyOf = (keys: KeyAdministration | undefined): UseCase<{ version: number }, { version: number }> =>
  defineUseCase({
    name: "retireKey",
    permission: "admin",
    scope: "store",
    events: ["keyring_key_retired"],
    args: () => z.strictObject({ version: z.number("version must be a number") }),
    run: (ctx: StoreContext, { version }) => (keys === undefined ? retireKey(ctx, { version }) : keys.retireKey(version, ctx.actor)),
  })
