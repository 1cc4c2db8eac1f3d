import { SecretError } from "../../base/errors.ts"

/** When a box or a sender's space ends: a time, or from now on: "+4hours", "+4days", "+4months", "+4years". null: never. */
export type ClosureDate = number | Date | string | null

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const RELATIVE = /^\+(\d{1,6}) ?(hour|day|month|year)s?$/
const LATEST_MS = 8_640_000_000_000_000 // of a Date

/** @returns milliseconds since 1970, or null. @throws SecretError `invalid_argument` */
export const parseClosureDate = (given: ClosureDate | undefined, now: number): number | null => {
  if (given === undefined || given === null) return null
  const at = typeof given === "string" ? relativeTo(now, given) : Number(given)
  if (!Number.isFinite(at) || Math.abs(at) > LATEST_MS)
    throw new SecretError("invalid_argument", "a closureDate is a time in milliseconds, a Date, or a text like +4days", { help: "Units: hours, days, months, years." })
  return at
}

const relativeTo = (now: number, text: string): number => {
  const [, digits, unit] = RELATIVE.exec(text) ?? []
  const count = Number(digits)
  if (unit === "hour") return now + count * HOUR_MS
  if (unit === "day") return now + count * DAY_MS
  if (unit === undefined) return Number.NaN
  return addMonths(now, unit === "year" ? 12 * count : count)
}

/** The same day of the month in UTC, or the month's last. */
const addMonths = (now: number, count: number): number => {
  const date = new Date(now)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + count)
  const daysOfMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  return date.setUTCDate(Math.min(day, daysOfMonth))
}
