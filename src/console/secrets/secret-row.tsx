import type { ReactNode, Ref } from "react"
import { Ago } from "../parts/ago.tsx"
import { StateBadge } from "./secret-state.tsx"
import type { ListedSecret } from "./use-secrets.ts"

interface SecretRowProps {
  ref: Ref<HTMLDivElement>
  index: number
  /** From the top of the table's body, in pixels. */
  top: number
  secret: ListedSecret
  /** Whether the tabulator key leads to this row. */
  isReached: boolean
  onFocus(): void
  onOpen(name: string): void
}

export const SecretRow = ({ ref, index, top, secret, isReached, onFocus, onOpen }: SecretRowProps): ReactNode => (
  <div
    ref={ref} role="row" data-index={index} aria-rowindex={index + 2} tabIndex={isReached ? 0 : -1} onFocus={onFocus} onClick={() => onOpen(secret.key)}
    onKeyDown={(event) => {
      if (event.key !== "Enter" && event.key !== " ") return
      event.preventDefault()
      onOpen(secret.key)
    }}
    className="row-columns absolute inset-x-0 min-h-13 cursor-pointer border-b border-line py-2.5 hover:bg-paper"
    style={{ transform: `translateY(${top}px)` }}
  >
    <span role="rowheader" className="min-w-0 truncate font-mono max-md:basis-full" title={secret.key}>
      {secret.key}
    </span>
    <span role="gridcell">
      <StateBadge secret={secret} />
    </span>
    <span role="gridcell" className="text-soft">
      v{secret.version}
    </span>
    <span role="gridcell" className="text-soft">
      <Ago at={secret.updatedAt} />
    </span>
    <span role="gridcell" className="text-soft max-md:hidden">
      {secret.lastUsedAt === undefined ? "—" : <Ago at={secret.lastUsedAt} />}
    </span>
  </div>
)
