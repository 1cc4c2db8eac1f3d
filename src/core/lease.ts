import { SecretError } from "../base/errors.ts"
import { uuidToText } from "../base/uuid.ts"
import { nowOf, type StoreContext } from "./context.ts"

const LEASE_MS = 60_000

/**
 * Runs `work` while no other process does work of that name. A holder that died is succeeded after a minute.
 * @throws SecretError `storage_unavailable` while another process holds it
 */
export const withLease = async <T>(ctx: StoreContext, name: string, work: () => Promise<T>): Promise<T> => {
  const holder = uuidToText(ctx.newId())
  const now = nowOf(ctx)
  const taken = await ctx.storage.write((tx) => tx.run("takeLease", { name, holder, now, expiresAt: now + LEASE_MS }))
  if (taken === 0)
    throw new SecretError("storage_unavailable", `another process is busy with: ${name}`, { help: "Try again in a minute." })
  try {
    return await work()
  } finally {
    // a release that fails must not hide what the work gave or threw; the lease ends by itself
    await ctx.storage.write((tx) => tx.run("releaseLease", { name, holder })).catch(() => undefined)
  }
}
