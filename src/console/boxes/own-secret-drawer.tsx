import { useRef, useState, type ReactNode, type SubmitEvent } from "react"
import { Button } from "../parts/button.tsx"
import { DialogFrame } from "../parts/dialog-frame.tsx"
import { useNotices } from "../parts/notices.ts"
import { useAction } from "../parts/use-action.ts"
import { BoxError } from "./box-error.tsx"
import { BoxValueField, type BoxValueHandle } from "./box-value-field.tsx"
import { BoxValue } from "./box-value.tsx"
import { Confirm } from "./confirm.tsx"
import { ShareForm } from "./share-form.tsx"
import { useBox, useContents } from "./use-box.ts"
import { useTaking } from "./use-taking.ts"

interface OwnSecretDrawerProps {
  secretId: string
  onClose(): void
}

type Doing = "look" | "replace" | "share" | "delete"

const TITLES = { look: "", replace: "Replace the value of ", share: "Share ", delete: "" } as const

/** One secret of one's own: what it is, and what can be done with it. */
export const OwnSecretDrawer = ({ secretId, onClose }: OwnSecretDrawerProps): ReactNode => {
  const { client, id } = useBox()
  const [doing, setDoing] = useState<Doing>("look")
  const [isEdited, setEdited] = useState(false)
  const taking = useTaking((options) => client.readSecret(secretId, options), false)
  const choose = (next: Doing): void => {
    setDoing(next)
    setEdited(false)
  }
  const form = { secretId, onEdit: () => setEdited(true), onDone: () => choose("look") }
  return (
    <DialogFrame title={`${TITLES[doing]}${secretId}`} isDrawer isDirty={isEdited} onClose={onClose}>
      {doing === "replace" && <ReplaceForm {...form} />}
      {doing === "share" && <ShareForm {...form} take={taking.take} />}
      {(doing === "look" || doing === "delete") && (
        <div className="grid grid-cols-1 gap-5">
          <BoxValue name={secretId} sender={id} taking={taking} />
          <div className="flex flex-wrap gap-2">
            <Button onClick={() => choose("replace")}>Replace value</Button>
            <Button onClick={() => choose("share")}>Share</Button>
            <Button kind="danger" onClick={() => choose("delete")}>
              Delete
            </Button>
          </div>
          {doing === "delete" && <DeleteConfirm secretId={secretId} onGone={onClose} onKeep={() => choose("look")} />}
        </div>
      )}
    </DialogFrame>
  )
}

const DeleteConfirm = ({ secretId, onGone, onKeep }: { secretId: string; onGone: () => void; onKeep: () => void }): ReactNode => {
  const { client } = useBox()
  const { look } = useContents()
  const notices = useNotices()
  const { run, isBusy, error } = useAction(async () => {
    await client.deleteSecret(secretId)
    notices.tell(`${secretId} is deleted.`)
    void look()
    onGone()
  })
  return (
    <>
      <Confirm yes="Delete for good" no="Keep it" isBusy={isBusy} onYes={() => void run()} onNo={onKeep}>
        A box has no versions and no undo: its value is gone then. What you shared of it stays with those who have it.
      </Confirm>
      <BoxError error={error} />
    </>
  )
}

interface ReplaceFormProps {
  secretId: string
  onEdit(): void
  onDone(): void
}

const ReplaceForm = ({ secretId, onEdit, onDone }: ReplaceFormProps): ReactNode => {
  const { client } = useBox()
  const notices = useNotices()
  const value = useRef<BoxValueHandle>(null)
  const { run, isBusy, error } = useAction(async () => {
    await client.setSecret(secretId, value.current?.read() ?? "")
    notices.tell(`${secretId} has a new value.`)
    onDone()
  })
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    void run()
  }
  return (
    <form onSubmit={submit} className="grid grid-cols-1 gap-4">
      <BoxValueField ref={value} onEdit={onEdit} />
      <BoxError error={error} />
      <div className="flex flex-wrap gap-2">
        <Button kind="main" type="submit" isBusy={isBusy}>
          Encrypt and replace
        </Button>
        <Button onClick={onDone}>Cancel</Button>
      </div>
    </form>
  )
}
