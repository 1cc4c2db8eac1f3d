/** Limits of what passes between store and sandbox. */
export const SANDBOX_LIMITS = {
  /** Secrets of one environment. */
  keysMax: 1_000,
  /** All values of one delivery together, in bytes. */
  valuesMaxBytes: 8 * 1024 * 1024,
  /** A statement as text: a delivery in base64url, and its names. */
  statementMaxBytes: 12 * 1024 * 1024,
  /** An answer of a sandbox: names, or the output of a command. */
  answerMaxBytes: 4 * 1024 * 1024,
  /** Answers that hold names alone. */
  receiptMaxBytes: 512 * 1024,
  /** Objects and arrays of a statement: a manifest, and what is to be said of each of its keys, with room. */
  partsMax: 10_000,
  /** How long a statement may be on its way; the sandbox's clock decides. */
  validForMs: 300_000,
  /** How far a clock may be behind. */
  clockSkewMs: 300_000,
  enrolmentTtlMs: 600_000,
  /** How long a daemon that connects out is held. */
  pollMs: 25_000,
} as const

/** Whether an app is started again where something changed. */
export const RESTARTS = ["auto", "never"] as const

/** How a daemon writes: a file of its own, a block in a shared one, or a file for each secret. */
export const DELIVERY_MODES = ["file", "block", "folder"] as const
