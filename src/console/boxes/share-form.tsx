import { useState, type ReactNode } from "react"
import type { BoxSecret } from "../../boxes/client/box-secret.ts"
import { Button } from "../parts/button.tsx"
import { Command } from "../parts/command.tsx"
import { useNotices } from "../parts/notices.ts"
import { useAction } from "../parts/use-action.ts"
import { BoxError } from "./box-error.tsx"
import { onSubmit, textOf } from "./fields.tsx"
import { withShared } from "./notes.ts"
import { PersonField, idOfTyped } from "./person-field.tsx"
import { usePersonText } from "./person-name.tsx"
import { useBox, useNotes } from "./use-box.ts"
import { exactValue } from "./use-taking.ts"

interface ShareFormProps {
  secretId: string
  take(): Promise<BoxSecret>
  onEdit(): void
  onDone(): void
}

/** Seals a value to somebody's key, and signs it with one's own. */
export const ShareForm = ({ secretId, take, onEdit, onDone }: ShareFormProps): ReactNode => {
  const [isOneTime, setOneTime] = useState(false)
  const { run, isBusy, error } = useSharing({ secretId, take, onDone })
  return (
    <form onSubmit={onSubmit((fields) => void run(textOf(fields, "person"), isOneTime))} onInput={onEdit} className="grid grid-cols-1 gap-4">
      <PersonField label="With whom" hint="They must take secrets from you already: send them your id, and they accept it in their box." />
      <label className="flex items-start gap-2">
        <input type="checkbox" className="mt-1.5" checked={isOneTime} onChange={(event) => setOneTime(event.target.checked)} />
        <span>
          For one reading <span className="block text-sm text-soft">Whoever reads it takes it away. You cannot see whether they have.</span>
        </span>
      </label>
      <p className="text-sm text-soft">It is a copy of the value as it is now: a new value has to be shared again. In their box it has the same name, and takes the place of what you shared under it before.</p>
      <BoxError error={error} />
      <div className="flex flex-wrap items-center gap-2">
        <Button kind="main" type="submit" isBusy={isBusy}>
          Share
        </Button>
        <Button onClick={onDone}>Cancel</Button>
        <span className="text-sm text-soft">
          In a terminal: <Command>sotto box share</Command>
        </span>
      </div>
    </form>
  )
}

const useSharing = ({ secretId, take, onDone }: Pick<ShareFormProps, "secretId" | "take" | "onDone">) => {
  const box = useBox()
  const notes = useNotes()
  const notices = useNotices()
  const personText = usePersonText()
  return useAction(async (typed: string, isOneTime: boolean) => {
    const to = idOfTyped(notes, typed)
    await box.client.shareSecretTo(to, secretId, exactValue(await take()), isOneTime)
    await box.note((now) => withShared(now, { to, secretId, at: Date.now(), isOneTime }))
    notices.tell(`${secretId} is shared with ${personText(to)}.`)
    onDone()
  })
}
