import type { ReactNode } from "react"

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600_000], ["month", 2_629_800_000], ["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000],
]

const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" })
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" })

export const agoText = (at: number, now: number = Date.now()): string => {
  const [unit, ms] = UNITS.find(([, each]) => Math.abs(at - now) >= each) ?? ["second", 1_000]
  return unit === "second" ? "just now" : words.format(Math.round((at - now) / ms), unit)
}

export const exactText = (at: number): string => exact.format(at)

/** How long ago, or in how long; exactly when for whoever points at it. */
export const Ago = ({ at }: { at: number }): ReactNode => (
  <time dateTime={new Date(at).toISOString()} title={exactText(at)}>
    {agoText(at)}
  </time>
)
