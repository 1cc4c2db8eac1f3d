/**
 * What deliveries to sandboxes need: the fourth step of the schema. `wake_at` is worked out by the engine: when whoever is at
 * work must have died, else when something is due; never for a sandbox without an address, which calls in by itself.
 */
export const ENVIRONMENT_TABLES = [
  `CREATE TABLE environments (
    id {text} NOT NULL PRIMARY KEY,
    namespace {text} NOT NULL,
    name {text} NOT NULL,
    address {text},
    allows_private {integer} NOT NULL,
    keys {text} NOT NULL,
    restart {text} NOT NULL,
    sealing_key {bytes},
    signing_key {bytes},
    facts {text},
    enrolment {text},
    generation {integer} NOT NULL,
    applied {text} NOT NULL,
    sent {text},
    result {text},
    error {text},
    is_revoking {integer} NOT NULL,
    contact_at {integer},
    removed_at {integer},
    created_at {integer} NOT NULL,
    created_by {text} NOT NULL,
    updated_at {integer} NOT NULL,
    attempts {integer} NOT NULL,
    due_at {integer},
    claimed_by {text},
    claimed_until {integer},
    tag {bytes} NOT NULL,
    wake_at {integer} GENERATED ALWAYS AS (CASE WHEN address IS NULL THEN NULL ELSE coalesce(claimed_until, due_at) END) STORED
  ){table}`,
  "CREATE UNIQUE INDEX environments_by_name ON environments (namespace, name)",
  "CREATE INDEX environments_by_wake ON environments (wake_at) WHERE wake_at IS NOT NULL",
  "CREATE INDEX secrets_with_policy ON secrets (namespace, name) WHERE policy IS NOT NULL",
] as const
