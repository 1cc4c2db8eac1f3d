import { isSecretError, SecretError } from "../../base/errors.ts"
import type { Reads } from "../ports/storage.ts"
import type { Actor } from "../principal.ts"

/** An actor whose identity was proved, and by what. */
export interface Authenticated extends Actor {
  /** As for every actor; it asks nothing that only a transaction can answer. */
  assertLive?: (reads: Reads) => Promise<void>
  /** Who answers for the principal. */
  owner: string
  credential: {
    kind: "token" | "session" | "operator"
    id: string
    /** null where it does not expire by itself. */
    expiresAt: number | null
  }
}

/** The one answer to every credential that proves nothing: unknown, wrong, expired, revoked, tampered with. */
export const badCredential = (): SecretError => new SecretError("unauthorized", "Invalid or expired credentials")

/** A row of a credential that fails its check proves nobody: the caller learns no more than that. */
export const refuseBroken = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (isSecretError(error) && error.code === "decryption_failed") throw badCredential()
    throw error
  }
}
