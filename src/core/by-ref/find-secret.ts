import type { StoreContext } from "../context.ts"
import { uuidToText } from "../../base/uuid.ts"
import { defineUseCase, type Rule, type UseCase } from "../use-case.ts"
import { findByRef, SecretRefArgs, type SecretRef } from "./secret-ref.ts"

export interface FoundRef {
  id: string
  key: string
  version: number
  hasValue: boolean
}

/** Finds the secret that another use case then works on, with that one's permission and under its name. */
export const findSecretFor = ({ name, permission }: Rule): UseCase<SecretRef, FoundRef> =>
  defineUseCase({
    name,
    permission,
    scope: "workspace",
    events: [],
    args: SecretRefArgs,
    run: async (ctx: StoreContext, args): Promise<FoundRef> => {
      const row = await findByRef(ctx, args)
      return { id: uuidToText(row.id), key: row.name, version: row.number, hasValue: row.hasValue === 1 }
    },
  })
