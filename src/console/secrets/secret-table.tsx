import { defaultRangeExtractor, useWindowVirtualizer } from "@tanstack/react-virtual"
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
  const { rows, current, setCurrent, move } = useRows(secrets, body)
  const items = rows.getVirtualItems()
  const last = rows.range?.endIndex ?? 0
  useEffect(() => {
    if (isMore && !isLoadingMore && last >= secrets.length - 2 * BEYOND) onMore()
  }, [isMore, isLoadingMore, last, secrets.length, onMore])
  return (
    <div role="grid" aria-label="Secrets" aria-rowcount={isMore ? -1 : secrets.length + 1} onKeyDown={move} tabIndex={-1} className="card overflow-clip outline-none">
      <ColumnHeads />
      <div ref={body} role="rowgroup" className="relative" style={{ height: rows.getTotalSize() }}>
        {items.map(({ index, key, start }) => {
          const secret = secrets[index]
          const top = start - rows.options.scrollMargin
          const row = { index, top, isReached: index === current, onFocus: () => setCurrent(index), onOpen }
          return secret === undefined ? null : <SecretRow key={key} ref={rows.measureElement} secret={secret} {...row} />
        })}
      </div>
    </div>
  )
}

/** The row that has the focus stays there wherever the screen is: the focus would be lost with it. */
const useRows = (secrets: readonly ListedSecret[], body: RefObject<HTMLDivElement | null>) => {
  const [scrollMargin, setMargin] = useState(0)
  const [chosen, setCurrent] = useState(0)
  const isMoved = useRef(false)
  const current = Math.max(0, Math.min(chosen, secrets.length - 1))
  // what stands above may have grown
  useLayoutEffect(() => setMargin(body.current?.offsetTop ?? 0), [body, secrets])
  const rows = useWindowVirtualizer({
    count: secrets.length,
    estimateSize: () => ROW_PX,
    overscan: BEYOND,
    scrollMargin,
    getItemKey: (index) => secrets[index]?.id ?? index,
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), current])].toSorted((a, b) => a - b),
  })
  const move = (event: KeyboardEvent): void => {
    const next = rowAfter(event.key, current, secrets.length)
    if (next === null) return
    event.preventDefault()
    isMoved.current = true
    setCurrent(next)
    rows.scrollToIndex(next)
  }
  useEffect(() => {
    if (isMoved.current) body.current?.querySelector<HTMLElement>(`[data-index="${current}"]`)?.focus({ preventScroll: true })
    isMoved.current = false
  }, [body, current])
  return { rows, current, setCurrent, move }
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
