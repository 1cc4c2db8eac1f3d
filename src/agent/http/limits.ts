/** What one call with a secret may cost. */
export const HTTP_LIMITS = {
  timeoutDefaultMs: 30_000,
  timeoutMaxMs: 120_000,
  /** Of what is sent. */
  bodyMaxBytes: 1_048_576,
  /** Of what is given back. */
  answerDefaultBytes: 262_144,
  answerMaxBytes: 4_194_304,
  headersMax: 50,
  headerMaxCharacters: 8_192,
  redirectsMax: 5,
} as const
