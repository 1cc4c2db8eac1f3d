/** The limits of requests, in one place. */
export const REQUEST_LIMITS = {
  keysMax: 50,
  openMax: 20,
  ttlDefaultMs: 600_000,
  ttlMaxMs: 7 * 86_400_000,
  reasonMaxCharacters: 2_000,
  descriptionMaxCharacters: 500,
  urlMaxCharacters: 500,
  usesMax: 20,
  /** Wrong pairing codes that cancel a request. */
  triesMax: 5,
  /** How long a settled request can still be read. */
  keptMs: 7 * 86_400_000,
} as const
