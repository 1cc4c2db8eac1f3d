import type { ReactNode } from "react"
import { EXPIRING_WITHIN_MS, type ListedSecret } from "./use-secrets.ts"

type State = "active" | "expiring" | "expired"

/** Whether it has expired, the server says; its clock is what counts. */
export const stateOf = ({ state, expiresAt }: Pick<ListedSecret, "state" | "expiresAt">): State => {
  if (state === "expired") return "expired"
  return expiresAt !== undefined && expiresAt - Date.now() < EXPIRING_WITHIN_MS ? "expiring" : "active"
}

const LOOK: Readonly<Record<State, string>> = { active: "bg-accent-soft text-accent", expiring: "bg-warn-soft text-warn", expired: "bg-bad-soft text-bad" }

export const StateBadge = ({ secret }: { secret: Pick<ListedSecret, "state" | "expiresAt"> }): ReactNode => {
  const state = stateOf(secret)
  return <span className={`rounded-full px-2 py-0.5 text-sm font-medium ${LOOK[state]}`}>{state}</span>
}
