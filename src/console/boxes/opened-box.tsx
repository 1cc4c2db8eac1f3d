import { Tabs } from "@base-ui/react/tabs"
import { useEffect, useEffectEvent, useState, useSyncExternalStore, type ReactNode } from "react"
import { Button } from "../parts/button.tsx"
import { useSession, useSessionState } from "../session/use-session.ts"
import { BoxError } from "./box-error.tsx"
import { CodesPanel } from "./codes-panel.tsx"
import { CopyId } from "./copy-id.tsx"
import { KeepKeyDialog } from "./keep-key-dialog.tsx"
import { KeyPanel } from "./key-panel.tsx"
import { OwnSecrets } from "./own-secrets.tsx"
import { PeoplePanel } from "./people-panel.tsx"
import { useBox, useContents } from "./use-box.ts"
import { useIdle } from "./use-idle.ts"

const TABS = [
  ["secrets", "My secrets", OwnSecrets],
  ["people", "People", PeoplePanel],
  ["codes", "Codes", CodesPanel],
  ["key", "Key", KeyPanel],
] as const

interface OpenedBoxProps {
  onLock(notice: string): void
}

const BY_HAND = "The box is locked: its key is gone from this tab."
const BY_TIME = "The box was locked, because nothing was touched for 15 minutes."

export const OpenedBox = ({ onLock }: OpenedBoxProps): ReactNode => {
  const { error, isBusy, look } = useContents()
  const isNear = useIdle(() => onLock(BY_TIME))
  useLockWhenGone(() => onLock(BY_HAND))
  return (
    <div className="grid grid-cols-1 gap-4">
      <Heading onLook={() => void look()} isLooking={isBusy} onLock={() => onLock(BY_HAND)} />
      <div role="alert">{isNear && <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">The box locks within a minute. Press a key or touch the page, and it stays open.</p>}</div>
      <UnsavedKey />
      <BoxError error={error} />
      <Tabs.Root defaultValue="secrets">
        <Tabs.List className="flex overflow-x-auto border-b border-line" aria-label="The box">
          {TABS.map(([value, title]) => (
            <Tabs.Tab key={value} value={value} className="tab max-sm:px-1 data-active:border-accent data-active:text-ink">
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {TABS.map(([value, , Panel]) => (
          <Tabs.Panel key={value} value={value} className="pt-4">
            <Panel onLock={onLock} />
          </Tabs.Panel>
        ))}
      </Tabs.Root>
    </div>
  )
}

const Heading = ({ onLook, isLooking, onLock }: { onLook: () => void; isLooking: boolean; onLock: () => void }): ReactNode => {
  const { id } = useBox()
  return (
    <div className="flex flex-wrap items-center gap-2">
      <h1 className="text-2xl font-semibold tracking-tight">Boxes</h1>
      <span className="mr-auto min-w-0">
        <CopyId id={id} label="Copy my id" />
      </span>
      <Button onClick={onLook} isBusy={isLooking}>
        Look again
      </Button>
      <Button kind="main" onClick={onLock}>
        Lock
      </Button>
    </div>
  )
}

/** A page that is left may live on in the browser's memory; a session that ends leaves its page where it was. */
const useLockWhenGone = (onGone: () => void): void => {
  const { status } = useSessionState(useSession())
  const tell = useEffectEvent(onGone)
  useEffect(() => {
    const gone = (): void => tell()
    addEventListener("pagehide", gone)
    return () => removeEventListener("pagehide", gone)
  }, [])
  useEffect(() => {
    if (status !== "in") tell()
  }, [status])
}

const UnsavedKey = (): ReactNode => {
  const box = useBox()
  const isSaved = useSyncExternalStore(box.subscribe, () => box.isSaved)
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    if (isSaved) return undefined
    const stay = (event: BeforeUnloadEvent): void => event.preventDefault()
    addEventListener("beforeunload", stay)
    return () => removeEventListener("beforeunload", stay)
  }, [isSaved])
  return (
    <>
      {!isSaved && (
        <div className="flex flex-wrap items-center gap-2 rounded-md bg-warn-soft px-3 py-2">
          <p className="mr-auto min-w-0 basis-64 grow">
            <strong>The key of this box is in this tab alone.</strong> Once it is locked, nobody can open the box again, not even the server.
          </p>
          <Button onClick={() => setOpen(true)}>Save the key</Button>
        </div>
      )}
      {isOpen && <KeepKeyDialog onClose={() => setOpen(false)} />}
    </>
  )
}
