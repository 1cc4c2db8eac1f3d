import * as z from "zod/mini"
import { isSecretError, SecretError } from "../../base/errors.ts"
import { isUuid } from "../../base/uuid.ts"
import { assertWorkspaceExists } from "../access/find-workspace.ts"
import { getOrThrow } from "../get.ts"
import type { SecretReading } from "../reading.ts"
import { VersionNumber } from "../shapes.ts"
import { defineUseCase } from "../use-case.ts"
import { findByRef, refArgs, refNotFound } from "./secret-ref.ts"

export interface RevealedSecret {
  key: string
  /** Prints as its marker; `value` holds the plaintext. */
  reading: SecretReading
}

/** The value of one secret, by key without a look-up more. @throws SecretError `not_found`, `expired`, `key_unavailable` */
export const revealByRef = defineUseCase({
  name: "get",
  permission: "reveal",
  scope: "workspace",
  events: ["read"],
  args: () => z.strictObject({ ...refArgs, version: z.optional(VersionNumber) }),
  run: async (ctx, { namespace, ref, version }): Promise<RevealedSecret> => {
    const name = isUuid(ref) ? (await findByRef(ctx, { namespace, ref })).name : ref
    try {
      return { key: name, reading: await getOrThrow(ctx, { namespace, name, version }) }
    } catch (error) {
      if (!isSecretError(error) || error.code !== "not_found") throw error
      await assertWorkspaceExists(ctx, namespace)
      throw version === undefined ? refNotFound(ref) : new SecretError("not_found", `Secret with ID ${ref} has no version ${version}`)
    }
  },
})
