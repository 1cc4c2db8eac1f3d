import { useEffect, useRef, type ReactNode } from "react"
import { Button } from "../parts/button.tsx"

interface ConfirmProps {
  yes: string
  no: string
  isBusy?: boolean
  onYes(): void
  onNo(): void
  children: ReactNode
}

/** Asks before what cannot be undone, where it is done. */
export const Confirm = ({ yes, no, isBusy = false, onYes, onNo, children }: ConfirmProps): ReactNode => {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => place.current?.focus(), [])
  return (
    <div ref={place} tabIndex={-1} role="alert" className="grid grid-cols-1 gap-3 rounded-md bg-warn-soft px-3 py-3 outline-none">
      <div className="wrap-anywhere">{children}</div>
      <div className="flex flex-wrap gap-2">
        <Button kind="danger" onClick={onYes} isBusy={isBusy}>
          {yes}
        </Button>
        <Button onClick={onNo}>{no}</Button>
      </div>
    </div>
  )
}
