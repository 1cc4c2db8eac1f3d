import { useId, useState, type ReactNode } from "react"
import { exactText } from "../parts/ago.tsx"

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** In milliseconds from now; null for never, undefined for what the server does by itself. */
export type Ttl = number | null | undefined

interface ExpiryFieldProps {
  /** What stays as it is, where there is something. */
  expiresAt?: number | undefined
  /** What leaves the present expiry as it is; absent where there is none, and the server's default is what it begins with. */
  kept?: TtlOf
  onChange(ttlOf: TtlOf): void
}

/** Worked out at the moment of the write. */
export type TtlOf = (now: number) => Ttl

const LASTING: readonly [label: string, ms: number][] = [
  ["in an hour", HOUR_MS], ["in a day", DAY_MS], ["in 7 days", 7 * DAY_MS], ["in 30 days", 30 * DAY_MS], ["in 90 days", 90 * DAY_MS], ["in a year", 365 * DAY_MS],
]

export const ExpiryField = ({ expiresAt, kept, onChange }: ExpiryFieldProps): ReactNode => {
  const begins = kept === undefined ? "default" : "kept"
  const id = useId()
  const [isDate, setDate] = useState(false)
  const choose = (choice: string): void => {
    setDate(choice === "date")
    if (choice === "kept" && kept !== undefined) onChange(kept)
    else if (choice === "default") onChange(() => undefined)
    else if (choice === "never") onChange(() => null)
    else if (choice !== "date") onChange(() => Number(choice))
  }
  return (
    <div className="grid grid-cols-1 gap-1.5">
      <label htmlFor={id} className="font-semibold">
        Expires
      </label>
      <div className="flex flex-wrap gap-2">
        <select id={id} className="input w-auto" defaultValue={begins} onChange={(event) => choose(event.target.value)}>
          {begins === "kept" && <option value="kept">{expiresAt === undefined ? "never, as now" : `${exactText(expiresAt)}, as now`}</option>}
          {begins === "default" && <option value="default">as the server has it</option>}
          {(begins === "default" || expiresAt !== undefined) && <option value="never">never</option>}
          {LASTING.map(([label, ms]) => (
            <option key={ms} value={ms}>
              {label}
            </option>
          ))}
          <option value="date">on a date…</option>
        </select>
        {isDate && (
          <input
            type="datetime-local" className="input w-auto" aria-label="Date and time of expiry" required
            onChange={(event) => onChange((now) => Math.max(1, new Date(event.target.value).getTime() - now))}
          />
        )}
      </div>
    </div>
  )
}
