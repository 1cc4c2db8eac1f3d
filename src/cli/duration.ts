import { SecretError } from "../base/errors.ts"

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** `30d`, `12h`, `15m`, `45s`, `2w`, `500ms` to milliseconds. @throws SecretError `invalid_argument` */
export const parseDuration = (what: string, text: string): number => {
  const [, count, unit] = /^([1-9][0-9]{0,12})(ms|s|m|h|d|w)$/.exec(text) ?? []
  const ms = Number(count) * (UNITS_MS[unit ?? ""] ?? Number.NaN)
  if (Number.isSafeInteger(ms)) return ms
  throw new SecretError("invalid_argument", `${what} takes a duration such as 30d, 12h, 15m or 45s`)
}

/** The same, and `never` as null. */
export const parseTtl = (what: string, text: string): number | null => (text === "never" ? null : parseDuration(what, text))

/** A time as `2026-11-22T03:25:00Z`, or a duration ago as `2h`. @throws SecretError `invalid_argument` */
export const parseTime = (what: string, text: string, nowMs: number): number => {
  if (/^\d+(ms|[smhdw])$/.test(text)) return nowMs - parseDuration(what, text)
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isSafeInteger(ms) && ms >= 0) return ms
  throw new SecretError("invalid_argument", `${what} takes a time such as 2026-11-22T03:25:00Z, or a duration ago such as 2h`)
}
