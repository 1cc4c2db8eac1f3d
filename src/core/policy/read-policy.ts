import type { SecretRow } from "../ports/rows.ts"
import type { Policy } from "./policy-shape.ts"

/** A policy as it is laid down, with what Sotto itself notes in it. */
export interface StoredPolicy extends Policy {
  /** Its value stood in results so often that agents may not use it until a person says otherwise. */
  suspendedAt?: number
}

/** The policy of a row that was proved; null where agents may do nothing. */
export const readPolicy = (row: Pick<SecretRow, "policy">): StoredPolicy | null =>
  row.policy === null ? null : (JSON.parse(row.policy) as StoredPolicy)

export const policyText = (policy: StoredPolicy | null): string | null => (policy === null ? null : JSON.stringify(policy))
