/** An answer says its time to the second, and took some to come. */
const UNKNOWN_MS = 2_000

/** What the server takes for now. */
export class ServerClock {
  #aheadMs = 0

  now(): number {
    return Date.now() + this.#aheadMs
  }

  /** @param date the `Date` of an answer, where there is one */
  hear(date: string | null): void {
    const aheadMs = date === null ? Number.NaN : Date.parse(date) - Date.now()
    if (Number.isNaN(aheadMs)) return
    this.#aheadMs = Math.abs(aheadMs) > UNKNOWN_MS ? aheadMs : 0
  }
}
