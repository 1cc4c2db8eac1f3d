/**
 * Every way an operation of Sotto can fail. Add, never rename: callers, HTTP answers and exit codes depend on the names.
 * The sentence is what a person is told when the thrower has nothing more precise to say.
 */
export const ERROR_CODES = {
  invalid_argument: "An argument has the wrong type, shape or size.",
  invalid_keys: "The key ring is missing, malformed, or not the one this store expects.",
  key_unavailable: "The key that this data was wrapped under is not in the key ring.",
  key_in_use: "The key version still protects stored data.",
  decryption_failed: "Stored data failed its authenticity check.",
  not_authentic: "What a box holds does not prove who wrote it, or is not what was written last.",
  value_too_large: "The value is larger than the limit.",
  not_found: "There is no such thing, or it is out of the caller's reach.",
  expired: "The secret has expired.",
  already_exists: "A thing of that name already exists.",
  version_conflict: "The secret changed since it was last read.",
  unauthorized: "The caller did not prove who they are.",
  forbidden: "The caller lacks the permission.",
  request_closed: "The request was answered, declined or cancelled, or it has expired.",
  rate_limited: "Too many requests in too short a time.",
  payload_too_large: "The request body is larger than the limit.",
  not_supported: "This set-up cannot do that.",
  store_rolled_back: "The database is older than the last state that this key ring has seen.",
  schema_too_new: "A newer version of Sotto wrote this database.",
  schema_outdated: "The database needs migrations that have not been applied.",
  storage_unavailable: "The database cannot be reached, is busy, or is full.",
  unsafe_file: "A file that guards secrets has loose permissions or an unsafe owner.",
  refused_in_agent: "Printing plaintext is refused inside a coding agent's shell.",
  aborted: "The operation was stopped before its end.",
  server_unreachable: "The server did not answer.",
  not_trusted: "Nobody has trusted what a file of this folder asks for.",
  file_not_written: "A file could not be written. What stood there before still stands.",
  command_not_started: "The command could not be started.",
  sync_failed: "A sandbox did not take what was sent to it.",
  job_failed: "A job failed.",
  leak_found: "A secret stood in the output, and --fail-on-leak was given.",
  SCHEMA_V1: "The job file does not follow its grammar.",
  SECRETS_REF_INVALID: "A reference is malformed, ambiguous, or of a scheme that nothing provides.",
  SECRETS_REF_NOT_FOUND: "The provider answered, and has no such entry or field.",
  SECRETS_PROVIDER_UNAVAILABLE: "A provider cannot be reached, is locked, or is not configured.",
  SECRETS_REQUIRED_MISSING: "A required secret is still without a value after its provider was asked.",
  SECRETS_UNSAFE_DEBUG_TRACE: "A debug trace is on, and a secret would stand in the environment.",
  internal: "Sotto itself failed.",
} as const

export type SecretErrorCode = keyof typeof ERROR_CODES

export interface SecretErrorOptions {
  /** Facts for programs: names, versions, counts. Never a value, a key, ciphertext, a command line or child output. */
  details?: Record<string, unknown>
  /** The next step, as a sentence for a person. */
  help?: string
  cause?: unknown
}

const BRAND = Symbol.for("sotto.SecretError")

/** The one error class of Sotto. `message` and `details` name things and never carry a value, a key or ciphertext. */
export class SecretError extends Error {
  override readonly name = "SecretError"
  readonly code: SecretErrorCode
  readonly details: Record<string, unknown>
  readonly help: string | undefined

  constructor(code: SecretErrorCode, message: string = ERROR_CODES[code], options: SecretErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
    this.help = options.help
  }

  /** The same code and message in the shape that callers of `convex-secret-store` read. */
  get data(): { code: SecretErrorCode; message: string } {
    return { code: this.code, message: this.message }
  }

  get [BRAND](): true {
    return true
  }
}

/** True for every SecretError, also one thrown by another copy of this package (ESM beside CommonJS). */
export const isSecretError = (error: unknown): error is SecretError =>
  error instanceof Error && (error as { [BRAND]?: unknown })[BRAND] === true
