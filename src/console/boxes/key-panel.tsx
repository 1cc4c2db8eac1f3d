import { useState, type ReactNode } from "react"
import { exactText } from "../parts/ago.tsx"
import { Button } from "../parts/button.tsx"
import { Command } from "../parts/command.tsx"
import { CloseBoxDialog } from "./close-box-dialog.tsx"
import { Confirm } from "./confirm.tsx"
import { CopyId } from "./copy-id.tsx"
import { KeepKeyDialog } from "./keep-key-dialog.tsx"
import { NotesFile } from "./notes-file.tsx"
import { PersonName } from "./person-name.tsx"
import { useBox, useContents, useKeptKeys } from "./use-box.ts"

/** The key, the box it opens, and the end of both. */
export const KeyPanel = ({ onLock }: { onLock: (notice: string) => void }): ReactNode => (
  <div className="grid grid-cols-1 gap-4">
    <BoxFacts />
    <KeySection />
    <NotesFile />
    <CloseSection onLock={onLock} />
  </div>
)

const BoxFacts = (): ReactNode => {
  const { id } = useBox()
  const { contents } = useContents()
  return (
    <section className="card grid grid-cols-1 gap-3 p-4 sm:p-6">
      <h2 className="text-lg font-semibold">Your box</h2>
      <dl className="grid gap-x-5 gap-y-2 sm:grid-cols-[auto_minmax(0,1fr)]">
        <dt className="text-soft">Your id, for whoever is to share with you</dt>
        <dd className="min-w-0">
          <CopyId id={id} label="Copy" isWhole />
        </dd>
        <dt className="text-soft">Closes</dt>
        <dd>{contents === undefined ? "…" : contents.closesAt === null ? "never, unless you close it" : exactText(contents.closesAt)}</dd>
        {contents?.invitedBy && (
          <>
            <dt className="text-soft">Opened with a code of</dt>
            <dd>
              <PersonName id={contents.invitedBy} />
            </dd>
          </>
        )}
      </dl>
    </section>
  )
}

const KeySection = (): ReactNode => {
  const { id } = useBox()
  const kept = useKeptKeys()
  const [opened, setOpened] = useState<"save" | "forget" | null>(null)
  return (
    <section className="card grid grid-cols-1 gap-3 p-4 sm:p-6">
      <h2 className="text-lg font-semibold">Your key</h2>
      <p>
        {kept.has(id) ? "This browser keeps it, sealed under your passphrase." : "This browser does not keep it."} Its file opens the box anywhere else, in a
        terminal with <Command>sotto box init --import FILE</Command>.
      </p>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => setOpened("save")}>Save the key</Button>
        {kept.has(id) && (
          <Button kind="quiet" onClick={() => setOpened("forget")}>
            Forget it in this browser
          </Button>
        )}
      </div>
      {opened === "forget" && (
        <Confirm
          yes="Forget it here" no="Keep it" onNo={() => setOpened(null)}
          onYes={() => {
            kept.forget(id)
            setOpened(null)
          }}
        >
          Once this tab is locked, you need the file of the key, or the key itself, to open the box again.
        </Confirm>
      )}
      {opened === "save" && <KeepKeyDialog onClose={() => setOpened(null)} />}
    </section>
  )
}

const CloseSection = ({ onLock }: { onLock: (notice: string) => void }): ReactNode => {
  const [isOpen, setOpen] = useState(false)
  return (
    <section className="card grid grid-cols-1 gap-3 p-4 sm:p-6">
      <h2 className="text-lg font-semibold">Close the box</h2>
      <p>Deletes it from the server with everything in it: your own secrets, and what others shared with you. What you shared with others stays with them until you take it back.</p>
      <Button kind="danger" onClick={() => setOpen(true)} className="justify-self-start">
        Close the box
      </Button>
      {isOpen && <CloseBoxDialog onClose={() => setOpen(false)} onErased={() => onLock("Your box is closed and deleted. Its key still exists where you saved it; it can open a new one.")} />}
    </section>
  )
}
