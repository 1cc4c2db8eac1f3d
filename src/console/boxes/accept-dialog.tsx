import { useId, useState, type ReactNode } from "react"
import { SecretError } from "../../base/errors.ts"
import type { BoxId } from "../../boxes/protocol/keys.ts"
import { Button } from "../parts/button.tsx"
import { DialogFrame } from "../parts/dialog-frame.tsx"
import { useNotices } from "../parts/notices.ts"
import { useAction } from "../parts/use-action.ts"
import { BoxError } from "./box-error.tsx"
import { ClosingField, closingOf, onSubmit, textOf } from "./fields.tsx"
import { ALIAS_MAX, withAlias } from "./notes.ts"
import { idOfTyped, PersonField } from "./person-field.tsx"
import { useBox, useContents } from "./use-box.ts"

interface AcceptDialogProps {
  onClose(): void
  onOpen(id: BoxId): void
}

export const AcceptDialog = ({ onClose, onOpen }: AcceptDialogProps): ReactNode => {
  const id = useId()
  const [isDirty, setDirty] = useState(false)
  const { run, isBusy, error } = useAccepting((accepted) => {
    onClose()
    onOpen(accepted)
  })
  return (
    <DialogFrame title="Accept a sender" isDirty={isDirty} onClose={onClose}>
      <form onSubmit={onSubmit((fields) => void run(fields))} onInput={() => setDirty(true)} className="grid grid-cols-1 gap-4">
        <PersonField label="Their id" hint="64 characters. It is no secret, but it has to be theirs: compare safety numbers once." />
        <div className="grid grid-cols-1 gap-1.5">
          <label htmlFor={id} className="font-semibold">
            What you call them
          </label>
          <input id={id} name="alias" className="input" maxLength={ALIAS_MAX} autoComplete="off" aria-describedby={`${id}-hint`} />
          <p id={`${id}-hint`} className="text-sm text-soft">
            A name for this browser. Nobody else sees it.
          </p>
        </div>
        <ClosingField label="Until" hint="From then on they share no more, and what they shared is deleted." />
        <BoxError error={error} />
        <Button kind="main" type="submit" isBusy={isBusy} className="justify-self-start">
          Accept
        </Button>
      </form>
    </DialogFrame>
  )
}

const useAccepting = (onAccepted: (id: BoxId) => void) => {
  const box = useBox()
  const { look } = useContents()
  const notices = useNotices()
  return useAction(async (fields: FormData) => {
    const id = idOfTyped(box.notes, textOf(fields, "person"))
    if (id === box.id) throw new SecretError("invalid_argument", "that is your own id", { help: "Ask them for theirs." })
    const alias = textOf(fields, "alias").trim()
    const named = alias === "" ? null : withAlias(box.notes, id, alias) // a name that cannot be is found before anything is done
    await box.client.acceptSecretsFrom(id, closingOf(fields))
    if (named !== null) await box.note((notes) => withAlias(notes, id, alias))
    notices.tell("They may share with you now.")
    void look()
    onAccepted(id)
  })
}
