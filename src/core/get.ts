import type { StoreContext } from "./context.ts"
import { DEFAULT_NAMESPACE } from "./limits.ts"
import { FoundSecret, SecretReading } from "./reading.ts"
import { auditRead, findCurrent, openSecret, readExpiry, readMetadata, unavailableReason, type OpenedSecret, type Unavailable } from "./read-secret.ts"
import { GetArgs } from "./shapes.ts"
import { defineUseCase, withFreshKeys } from "./use-case.ts"

export type GetResult = FoundSecret | { ok: false; reason: Unavailable }

interface Asked {
  namespace?: string | undefined
  name: string
  version?: number | undefined
}

const rule = { permission: "reveal", scope: "workspace", events: ["read"], args: GetArgs } as const

const read = async (ctx: StoreContext, { namespace = DEFAULT_NAMESPACE, ...asked }: Asked): Promise<OpenedSecret> => {
  const opened = await withFreshKeys(ctx, async () => {
    const found = await findCurrent(ctx, namespace, asked.name)
    return openSecret(ctx, found, asked)
  })
  await auditRead(ctx, [opened], "read")
  return opened
}

const facts = ({ row, version, value }: OpenedSecret) => ({
  value,
  version,
  updatedAt: row.updatedAt,
  ...readMetadata(row),
  ...readExpiry(row),
})

/** The value of a secret, or why there is none. @throws SecretError `decryption_failed` for data that was tampered with */
export const get = defineUseCase({
  ...rule,
  name: "get",
  run: async (ctx, args): Promise<GetResult> => {
    try {
      return new FoundSecret(args.name, facts(await read(ctx, args)))
    } catch (error) {
      const reason = unavailableReason(error)
      if (reason === null) throw error
      return { ok: false, reason }
    }
  },
})

/** The value of a secret. @throws SecretError `not_found`, `expired`, `key_unavailable`, `decryption_failed` */
export const getOrThrow = defineUseCase({
  ...rule,
  name: "getOrThrow",
  run: async (ctx, args): Promise<SecretReading> => new SecretReading(args.name, facts(await read(ctx, args))),
})
