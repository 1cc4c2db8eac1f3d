import { isSecretError, SecretError } from "../base/errors.ts"
import type { StoreContext } from "./context.ts"
import { put } from "./put.ts"

type PutArgs = Parameters<typeof put>[1]

/** A put that overwrites nothing. @throws SecretError `already_exists` */
export const create = async (ctx: StoreContext, args: Omit<PutArgs, "ifVersion">): Promise<Awaited<ReturnType<typeof put>>> => {
  try {
    return await put(ctx, { ...args, ifVersion: 0 })
  } catch (error) {
    if (!isSecretError(error) || error.code !== "version_conflict") throw error
    throw new SecretError("already_exists", `Secret with key ${args.name} already exists`)
  }
}
