import { describe, expect, it } from "vitest"
import { parseClosureDate } from "./closure-date.ts"

const NOW = Date.UTC(2024, 0, 31, 12)

describe("a closure date", () => {
  it.each([
    ["+4hours", Date.UTC(2024, 0, 31, 16)],
    ["+1hour", Date.UTC(2024, 0, 31, 13)],
    ["+4days", Date.UTC(2024, 1, 4, 12)],
    ["+1month", Date.UTC(2024, 1, 29, 12)],
    ["+4months", Date.UTC(2024, 4, 31, 12)],
    ["+13months", Date.UTC(2025, 1, 28, 12)],
    ["+4years", Date.UTC(2028, 0, 31, 12)],
  ])("of %s counts from now on, to the same day or the month's last", (text, at) => {
    expect(parseClosureDate(text, NOW)).toBe(at)
  })

  it("is a leap day's last day of February where there is none", () => {
    expect(parseClosureDate("+1year", Date.UTC(2024, 1, 29))).toBe(Date.UTC(2025, 1, 28))
  })

  it("can be a time, a Date, or none", () => {
    expect([1_234, new Date(5), null, undefined].map((given) => parseClosureDate(given, NOW))).toEqual([1_234, 5, null, null])
  })

  it.each(["4hours", "+4", "+hours", "+4fortnights", "+9999999days", "tomorrow", Number.NaN, Number.POSITIVE_INFINITY, new Date(Number.NaN), "+999999years"])("refuses %s", (given) => {
    expect(() => parseClosureDate(given, NOW)).toThrow(expect.objectContaining({ code: "invalid_argument" }))
  })
})
