import type { CurrentRow } from "../ports/rows.ts"
import type { StoredPolicy } from "./read-policy.ts"

/** A call that needs secrets. */
export interface UseCall<Rule> {
  tool: "exec" | "http"
  /** One line for the person who approves: all that makes the call. */
  line: string
  /** For the log: no query, no body, no argument. */
  logged: string
  /** Everything that makes it this call and no other; approvals are for one call. Never laid down, but as a MAC. */
  digest: string
  /** The agent's session: an approval for a session ends with it. */
  session: string
  /** @throws SecretError `forbidden` where no rule of the policy covers the call */
  decide(policy: StoredPolicy, key: string): Rule
}

/** A key whose policy covers a call. */
export interface DecidedUse {
  key: string
  row: CurrentRow
  policy: StoredPolicy
  rule: unknown
}
