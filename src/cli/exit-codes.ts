import type { SecretErrorCode } from "../base/errors.ts"

/** What a shell sees of each error; docs/cli.md prints this table. */
export const EXIT_CODES: Record<SecretErrorCode, number> = {
  internal: 1,
  invalid_argument: 2,
  value_too_large: 2,
  payload_too_large: 2,
  not_supported: 2,
  not_found: 3,
  expired: 3,
  unauthorized: 4,
  forbidden: 4,
  already_exists: 5,
  version_conflict: 5,
  key_in_use: 5,
  invalid_keys: 6,
  key_unavailable: 6,
  decryption_failed: 7,
  store_rolled_back: 7,
  unsafe_file: 7,
  schema_too_new: 8,
  schema_outdated: 8,
  storage_unavailable: 9,
  server_unreachable: 9,
  rate_limited: 9,
  refused_in_agent: 10,
  aborted: 130,
}
