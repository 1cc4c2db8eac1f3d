import type { GuardedVariable } from "../core/ports/provider.ts"

/** What is ours, and could lead a child to more secrets than it was given. */
const OURS = [
  "SOTTO_TOKEN", "SOTTO_ADMIN_TOKEN", "SOTTO_KEYS", "SOTTO_KEYS_FILE", "SOTTO_KEYS_PASSPHRASE", "SOTTO_DATABASE_URL", "SOTTO_TRUST", "SOTTO_ALLOW",
  "SOTTO_BOX_FILE", "SOTTO_BOX_CODE", "SOTTO_BOX_PASSPHRASE",
  "SECRET_STORE_KEYS", "OP_SERVICE_ACCOUNT_TOKEN", "OP_CONNECT_TOKEN", "OP_SESSION",
]
const PREFIXES = ["SOTTO_KEEPASS_DB_", "LOOM_KEEPASS_DB_", "OP_SESSION_"]

interface ChildSecrets {
  /** What the child is given. */
  injected: Readonly<Record<string, string>>
  guarded: readonly GuardedVariable[]
  /** Names without a value: an inherited variable of that name does not take its place. */
  unset: readonly string[]
}

/** The environment of a child: what this process has, without what is ours or a provider's, and with what was injected. */
export const childEnvironment = (
  parent: Readonly<Record<string, string | undefined>>,
  { injected, guarded, unset }: ChildSecrets,
): Record<string, string> => {
  const removed = new Set([...OURS, ...guarded.map(({ name }) => name), ...unset])
  const kept = Object.entries(parent).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !removed.has(entry[0]) && !PREFIXES.some((prefix) => entry[0].startsWith(prefix)),
  )
  return { ...Object.fromEntries(kept), ...injected }
}
