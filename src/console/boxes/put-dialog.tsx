import { useId, useRef, useState, type ReactNode, type SubmitEvent } from "react"
import { SecretError } from "../../base/errors.ts"
import { Button } from "../parts/button.tsx"
import { DialogFrame } from "../parts/dialog-frame.tsx"
import { useNotices } from "../parts/notices.ts"
import { useAction } from "../parts/use-action.ts"
import { BoxError } from "./box-error.tsx"
import { BoxValueField, type BoxValueHandle } from "./box-value-field.tsx"
import { useBox, useContents } from "./use-box.ts"

interface PutDialogProps {
  onClose(): void
  /** Looks at one that has this name already. */
  onOpen(secretId: string): void
}

/** Keeps a new secret in one's own box. */
export const PutDialog = ({ onClose, onOpen }: PutDialogProps): ReactNode => {
  const { contents } = useContents()
  const [name, setName] = useState("")
  const [isDirty, setDirty] = useState(false)
  const value = useRef<BoxValueHandle>(null)
  const keep = useKeeping(onClose)
  const isTaken = contents?.own.includes(name) ?? false
  const type = (typed: string): void => {
    setName(typed)
    setDirty(true)
  }
  const lookAtIt = (): void => {
    onClose()
    onOpen(name)
  }
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    void keep.run(name, value.current?.read() ?? "", isTaken)
  }
  return (
    <DialogFrame title="New secret" isDirty={isDirty} onClose={onClose}>
      <form onSubmit={submit} className="grid grid-cols-1 gap-4">
        <NameField name={name} onChange={type} />
        <BoxValueField ref={value} onEdit={() => setDirty(true)} />
        <BoxError error={keep.error}>
          {keep.error?.code === "already_exists" && (
            <Button kind="quiet" onClick={lookAtIt}>
              Look at the one that is there
            </Button>
          )}
        </BoxError>
        <Button kind="main" type="submit" isBusy={keep.isBusy} className="justify-self-start">
          Encrypt and keep
        </Button>
      </form>
    </DialogFrame>
  )
}

export const NameField = ({ name, onChange }: { name: string; onChange: (name: string) => void }): ReactNode => {
  const id = useId()
  return (
    <div className="grid grid-cols-1 gap-1.5">
      <label htmlFor={id} className="font-semibold">
        Name
      </label>
      <input
        id={id} className="input font-mono" value={name} onChange={(event) => onChange(event.target.value)} required autoComplete="off" autoCapitalize="off" spellCheck={false}
        aria-describedby={`${id}-hint`}
      />
      <p id={`${id}-hint`} className="text-sm text-soft">
        The server sees names: put nothing secret into one.
      </p>
    </div>
  )
}

const useKeeping = (onClose: () => void) => {
  const { client } = useBox()
  const { look } = useContents()
  const notices = useNotices()
  return useAction(async (name: string, value: string | Uint8Array, isTaken: boolean) => {
    if (isTaken) throw new SecretError("already_exists", "you have a secret of this name", { help: "Take another name, or replace the value of the one that is there." })
    await client.setSecret(name, value)
    notices.tell(`${name} is in your box.`)
    void look()
    onClose()
  })
}
