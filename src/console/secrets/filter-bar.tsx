import type { ReactNode } from "react"
import { SHOWN, type Filter, type Shown } from "./use-secrets.ts"

const LABELS: Readonly<Record<Shown, string>> = { all: "All", expiring: "Expiring within 7 days", expired: "Expired" }

interface FilterBarProps {
  filter: Filter
  onChange(filter: Filter): void
}

export const FilterBar = ({ filter, onChange }: FilterBarProps): ReactNode => (
  <div role="search" className="mt-4 flex flex-wrap gap-2">
    <input
      type="search" className="input flex-1 basis-40 font-mono" aria-label="Find by the beginning of the name" placeholder="Begins with…"
      autoComplete="off" autoCapitalize="off" spellCheck={false} value={filter.prefix}
      onChange={(event) => onChange({ ...filter, prefix: event.target.value })}
    />
    <select className="input w-auto max-sm:min-w-24 max-sm:flex-1" aria-label="Which secrets" value={filter.shown} onChange={(event) => onChange({ ...filter, shown: event.target.value as Shown })}>
      {SHOWN.map((shown) => (
        <option key={shown} value={shown}>
          {LABELS[shown]}
        </option>
      ))}
    </select>
  </div>
)
