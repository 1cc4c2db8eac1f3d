import { useWindowVirtualizer } from "@tanstack/react-virtual"
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode, type RefObject } from "react"
import { SecretRow } from "./secret-row.tsx"
import type { ListedSecret } from "./use-secrets.ts"

interface SecretTableProps {
  secrets: readonly ListedSecret[]
  isMore: boolean
  isLoadingMore: boolean
  onMore(): void
  onOpen(name: string): void
}

const ROW_PX = 53
/** Rows beyond the screen, and how near its end the next page is asked for. */
const BEYOND = 12

/** Rows are there only while they are near the screen. Arrow keys move between them, Enter opens. */
export const SecretTable = ({ secrets, isMore, isLoadingMore, onMore, onOpen }: SecretTableProps): ReactNode => {
  const body = useRef<HTMLDivElement>(null)
  const [current, setCurrent] = useState(0)
  const rows = useRows(secrets, body)
  const items = rows.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (isMore && !isLoadingMore && last >= secrets.length - BEYOND) onMore()
  }, [isMore, isLoadingMore, last, secrets.length, onMore])
  const move = (event: KeyboardEvent): void => {
    const next = rowAfter(event.key, Math.min(current, secrets.length - 1), secrets.length)
    if (next === null) return
    event.preventDefault()
    setCurrent(next)
    rows.scrollToIndex(next)
    requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus())
  }
  const reached = items.some(({ index }) => index === current) ? current : (items[0]?.index ?? 0)
  return (
    <div role="grid" aria-label="Secrets" aria-rowcount={isMore ? -1 : secrets.length + 1} onKeyDown={move} tabIndex={-1} className="card overflow-clip outline-none">
      <ColumnHeads />
      <div ref={body} role="rowgroup" className="relative" style={{ height: rows.getTotalSize() }}>
        {items.map(({ index, key, start }) => {
          const secret = secrets[index]
          const top = start - rows.options.scrollMargin
          const row = { index, top, isReached: index === reached, onFocus: () => setCurrent(index), onOpen }
          return secret === undefined ? null : <SecretRow key={key} ref={rows.measureElement} secret={secret} {...row} />
        })}
      </div>
    </div>
  )
}

const useRows = (secrets: readonly ListedSecret[], body: RefObject<HTMLDivElement | null>) => {
  const [scrollMargin, setMargin] = useState(0)
  // what stands above may have grown
  useLayoutEffect(() => setMargin(body.current?.offsetTop ?? 0), [body, secrets])
  return useWindowVirtualizer({
    count: secrets.length,
    estimateSize: () => ROW_PX,
    overscan: BEYOND,
    scrollMargin,
    getItemKey: (index) => secrets[index]?.id ?? index,
  })
}

const PAGE_ROWS = 10

const rowAfter = (key: string, from: number, count: number): number | null => {
  const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE_ROWS, PageUp: -PAGE_ROWS, Home: -count, End: count }
  const step = steps[key]
  return step === undefined ? null : Math.max(0, Math.min(count - 1, from + step))
}

const ColumnHeads = (): ReactNode => (
  <div role="rowgroup" className="max-md:sr-only">
    <div role="row" aria-rowindex={1} className="row-columns border-b border-line py-2 text-sm font-medium text-soft">
      {["Name", "State", "Version", "Updated", "Last used"].map((title) => (
        <span key={title} role="columnheader">
          {title}
        </span>
      ))}
    </div>
  </div>
)
