/** Times are signed as the start of a window of three minutes: all requests of a window carry one number. */
export const WINDOW_MS = 180_000

/** How long a signature can be valid: the windows before and after count too. */
export const SIGNATURE_LIFE_MS = 3 * WINDOW_MS

export const bucketOf = (now: number): number => now - (now % WINDOW_MS)

/** @returns the original's words for what is wrong; null for nothing */
export const timestampFault = (timestamp: unknown, now: number): string | null => {
  if (typeof timestamp !== "number" || timestamp === 0 || Number.isNaN(timestamp)) return "No Timestamp!"
  const distance = timestamp - bucketOf(Math.floor(now))
  return distance === 0 || Math.abs(distance) === WINDOW_MS ? null : "Invalid Timestamp!"
}
