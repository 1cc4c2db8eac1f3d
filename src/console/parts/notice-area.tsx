import { useSyncExternalStore, type ReactNode } from "react"
import { Button } from "./button.tsx"
import { useNotices } from "./notices.ts"

/** Outcomes, for eyes and for ears: the region is there before what it announces. */
export const NoticeArea = (): ReactNode => {
  const notices = useNotices()
  const all = useSyncExternalStore(notices.subscribe, () => notices.all)
  return (
    <div className="notices" aria-live="polite" role="status">
      {all.map(({ id, text, isBad, action }) => (
        <div key={id} className={`notice ${isBad ? "border-bad text-bad" : "border-line"}`}>
          <span className="min-w-0 wrap-anywhere">{text}</span>
          {action !== undefined && (
            <Button kind="quiet" onClick={action.run}>
              {action.label}
            </Button>
          )}
        </div>
      ))}
    </div>
  )
}
