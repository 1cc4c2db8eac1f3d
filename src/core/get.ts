import type { StoreContext } from "./context.ts"
import { DEFAULT_NAMESPACE } from "./limits.ts"
import { FoundSecret, SecretReading } from "./reading.ts"
import {
  auditRead,
  findCurrent,
  openSecret,
  readExpiry,
  readMetadata,
  recordsReads,
  unavailableReason,
  type OpenedSecret,
  type Unavailable,
} from "./read-secret.ts"
import { GetArgs } from "./shapes.ts"
import { defineUseCase } from "./use-case.ts"

export type GetResult = FoundSecret | { ok: false; reason: Unavailable }

interface Asked {
  namespace?: string | undefined
  name: string
  version?: number | undefined
}

const rule = { permission: "reveal", scope: "workspace", events: ["read"], args: GetArgs } as const

const read = async (ctx: StoreContext, asked: Asked): Promise<OpenedSecret> => {
  const found = await findCurrent(ctx, asked.namespace ?? DEFAULT_NAMESPACE, asked.name)
  const opened = await openSecret(ctx, found, asked)
  if (recordsReads(ctx)) await auditRead(ctx, [opened], "read")
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
  run: async (ctx, args): Promise<GetResult> => new FoundSecret(args.name, facts(await read(ctx, args))),
  answerTo: (error): GetResult | null => {
    const reason = unavailableReason(error)
    return reason && { ok: false, reason }
  },
})

/** The value of a secret. @throws SecretError `not_found`, `expired`, `key_unavailable`, `decryption_failed` */
export const getOrThrow = defineUseCase({
  ...rule,
  name: "getOrThrow",
  run: async (ctx, args): Promise<SecretReading> => new SecretReading(args.name, facts(await read(ctx, args))),
})
