import { Dialog } from "@base-ui/react/dialog"
import { useContext, useEffect, useState, type ReactNode } from "react"
import { Button } from "./button.tsx"
import { LayersContext } from "./layers.ts"

interface DialogFrameProps {
  title: string
  /** Beside the page, for looking at one thing. */
  isDrawer?: boolean
  /** Something was typed that closing would lose: it asks first. */
  isDirty?: boolean
  onClose(): void
  children: ReactNode
}

export const DialogFrame = ({ title, isDrawer = false, isDirty = false, onClose, children }: DialogFrameProps): ReactNode => {
  const layers = useContext(LayersContext)
  const [isAsking, setAsking] = useState(false)
  useEffect(() => {
    if (!isDirty) return undefined
    const stay = (event: BeforeUnloadEvent): void => event.preventDefault()
    addEventListener("beforeunload", stay)
    return () => removeEventListener("beforeunload", stay)
  }, [isDirty])
  const close = (): void => {
    if (isDirty && !isAsking) setAsking(true)
    else onClose()
  }
  return (
    <Dialog.Root open disablePointerDismissal={isDirty} onOpenChange={(isOpen) => !isOpen && layers?.closest("[hidden]") === null && close()}>
      <Dialog.Portal container={layers}>
        <Dialog.Backdrop className="fixed inset-0 z-20 bg-shade" />
        <Dialog.Popup className={isDrawer ? "dialog dialog-drawer" : "dialog dialog-middle"}>
          <div className="flex items-start gap-2 border-b border-line px-4 py-3">
            <Dialog.Title className="min-w-0 flex-1 pt-1 text-lg font-semibold wrap-anywhere">{title}</Dialog.Title>
            <Dialog.Close className="button button-quiet" aria-label="Close">
              <span aria-hidden="true">✕</span>
            </Dialog.Close>
          </div>
          {isAsking && isDirty && (
            <div role="alert" className="flex flex-wrap items-center gap-2 bg-warn-soft px-4 py-2">
              <span className="mr-auto">What you typed is not stored.</span>
              <Button onClick={() => setAsking(false)}>Go on typing</Button>
              <Button kind="danger" onClick={onClose}>
                Throw it away
              </Button>
            </div>
          )}
          <div className="overflow-y-auto px-4 py-4">{children}</div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
