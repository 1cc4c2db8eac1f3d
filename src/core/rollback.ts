import { DEFAULT_NAMESPACE } from "./limits.ts"
import { findCurrent, openSecret } from "./read-secret.ts"
import { RollbackArgs } from "./shapes.ts"
import { defineUseCase } from "./use-case.ts"
import { writeSecrets, type PutResult } from "./write-secrets.ts"

/**
 * Makes a new version with the value of an old one; metadata and expiry stay the secret's. The value never leaves the
 * store. @throws SecretError `not_found`, `expired`, `key_unavailable`
 */
export const rollback = defineUseCase({
  name: "rollback",
  permission: "write",
  scope: "workspace",
  events: ["rolled_back"],
  args: RollbackArgs,
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, name, version }): Promise<PutResult> => {
    const found = await findCurrent(ctx, namespace, name)
    const { value, row } = await openSecret(ctx, found, { name, version })
    const write = { name, value, ttlMs: "keep" as const, ifVersion: row.number, secretId: row.id }
    const options = { overwriteEvent: "rolled_back" as const, metadata: { toVersion: version } }
    const [result] = await writeSecrets(ctx, namespace, [write], options)
    return result as PutResult
  },
})
