import { useId, useState, type ReactNode, type SubmitEvent } from "react"
import type { BoxId } from "../../boxes/protocol/keys.ts"
import { Button } from "../parts/button.tsx"
import { useNotices } from "../parts/notices.ts"
import { useAction } from "../parts/use-action.ts"
import { BoxError } from "./box-error.tsx"
import { ALIAS_MAX, aliasOf, withAlias, withoutPerson } from "./notes.ts"
import { useBox, useNotes } from "./use-box.ts"

interface AliasFormProps {
  id: BoxId
  onEdit(isEdited: boolean): void
  onForgotten(): void
}

/** What one calls somebody. */
export const AliasForm = ({ id, onEdit, onForgotten }: AliasFormProps): ReactNode => {
  const field = useId()
  const kept = aliasOf(useNotes(), id)
  const [alias, setAlias] = useState(kept ?? "")
  const { save, forget } = useNaming({ id, onEdit, onForgotten })
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    void save.run(alias)
  }
  const type = (typed: string): void => {
    setAlias(typed)
    onEdit(typed.trim() !== (kept ?? ""))
  }
  return (
    <form onSubmit={submit} className="grid grid-cols-1 gap-1.5">
      <label htmlFor={field} className="font-semibold">
        What you call them
      </label>
      <div className="flex flex-wrap gap-2">
        <input id={field} className="input flex-1 basis-40" value={alias} onChange={(event) => type(event.target.value)} maxLength={ALIAS_MAX} required autoComplete="off" />
        <Button type="submit" isBusy={save.isBusy}>
          Keep the name
        </Button>
        {kept !== undefined && (
          <Button kind="quiet" onClick={() => void forget.run()} isBusy={forget.isBusy}>
            Forget it
          </Button>
        )}
      </div>
      <BoxError error={save.error ?? forget.error} />
    </form>
  )
}

const useNaming = ({ id, onEdit, onForgotten }: AliasFormProps) => {
  const box = useBox()
  const notices = useNotices()
  const save = useAction(async (alias: string) => {
    await box.note((notes) => withAlias(notes, id, alias))
    onEdit(false)
    notices.tell("The name is kept in this browser.")
  })
  const forget = useAction(async () => {
    await box.note((notes) => withoutPerson(notes, id))
    notices.tell("Their name and your comparison are forgotten here.")
    onForgotten()
  })
  return { save, forget }
}
