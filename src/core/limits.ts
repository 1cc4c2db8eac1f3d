/** The limits of docs/format.md and the README, in one place. */
export const LIMITS = {
  valueMaxBytes: 65_536,
  nameMaxCharacters: 256,
  metadataMaxBytes: 16_384,
  /** 100 years of 365.25 days. */
  ttlMaxMs: 3_155_760_000_000,
  pageMaxItems: 1_000,
  /** Names or secrets in one getMany or putMany. */
  batchMaxItems: 1_000,
  historyDefault: 10,
  historyMax: 1_000,
} as const

/** The workspace that a missing namespace means. */
export const DEFAULT_NAMESPACE = "default"
