import type { SecretErrorCode } from "../base/errors.ts"

/** The HTTP status of each error code. */
export const ERROR_STATUS: Readonly<Record<SecretErrorCode, number>> = {
  invalid_argument: 400,
  invalid_keys: 503,
  key_unavailable: 503,
  key_in_use: 409,
  decryption_failed: 500,
  value_too_large: 413,
  not_found: 404,
  expired: 410,
  already_exists: 409,
  version_conflict: 409,
  unauthorized: 401,
  forbidden: 403,
  rate_limited: 429,
  payload_too_large: 413,
  not_supported: 409,
  store_rolled_back: 503,
  schema_too_new: 503,
  schema_outdated: 503,
  storage_unavailable: 503,
  unsafe_file: 500,
  refused_in_agent: 403,
  aborted: 503,
  server_unreachable: 502,
  internal: 500,
}
