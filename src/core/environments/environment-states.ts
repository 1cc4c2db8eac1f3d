/** How an environment may stand. */
export const ENVIRONMENT_STATES = ["not_enrolled", "synced", "pending", "failing", "revocation_pending", "removing"] as const
