import { useId, useState, type ReactNode } from "react"
import { Button } from "../parts/button.tsx"

interface Row {
  secretId: string
  isOneTime?: boolean
}

interface NameListProps {
  label: string
  rows: readonly Row[]
  onOpen(secretId: string): void
}

const PART = 100

/** Names that open. Of very many a part at a time, and a field to find them by. */
export const NameList = ({ label, rows, onOpen }: NameListProps): ReactNode => {
  const id = useId()
  const [wanted, setWanted] = useState("")
  const [count, setCount] = useState(PART)
  const found = rows.filter(({ secretId }) => secretId.toLowerCase().includes(wanted.trim().toLowerCase()))
  return (
    <div className="grid grid-cols-1 gap-3">
      {rows.length > 10 && (
        <div className="grid grid-cols-1 gap-1">
          <label htmlFor={id} className="text-sm font-semibold">
            Find by a part of the name
          </label>
          <input id={id} className="input" value={wanted} onChange={(event) => setWanted(event.target.value)} autoComplete="off" spellCheck={false} />
        </div>
      )}
      <ul aria-label={label} className="card overflow-clip">
        {found.slice(0, count).map(({ secretId, isOneTime = false }) => (
          <li key={secretId} className="border-b border-line last:border-b-0">
            <button
              type="button" onClick={() => onOpen(secretId)}
              className="flex min-h-12 w-full items-center gap-3 px-4 py-2.5 text-left hover:bg-paper focus-visible:-outline-offset-2"
            >
              <span className="min-w-0 flex-1 font-mono wrap-anywhere">
                <bdi>{secretId}</bdi>
              </span>
              {isOneTime && <span className="rounded-full bg-accent-soft px-2 py-0.5 text-sm text-accent">once</span>}
            </button>
          </li>
        ))}
        {found.length === 0 && <li className="px-4 py-3 text-soft">No name has this in it.</li>}
      </ul>
      {found.length > count && (
        <Button onClick={() => setCount(count + PART)} className="justify-self-start">
          Show more of {found.length.toLocaleString("en")}
        </Button>
      )}
    </div>
  )
}
