import { useId, type ReactNode } from "react"
import { SecretError } from "../../base/errors.ts"
import { isUsableId, type BoxId } from "../../boxes/protocol/keys.ts"
import { idOfAlias, type Notes } from "./notes.ts"
import { useNotes } from "./use-box.ts"

/** An id, or the name that this browser gives to one. */
export const PersonField = ({ label, hint }: { label: string; hint: string }): ReactNode => {
  const id = useId()
  const { people } = useNotes()
  const aliases = Object.values(people).flatMap(({ alias }) => alias ?? [])
  return (
    <div className="grid grid-cols-1 gap-1.5">
      <label htmlFor={id} className="font-semibold">
        {label}
      </label>
      <input
        id={id} name="person" list={`${id}-list`} className="input" required autoComplete="off" autoCapitalize="off" spellCheck={false} aria-describedby={`${id}-hint`}
        placeholder="A name that you gave them, or their id"
      />
      <datalist id={`${id}-list`}>
        {aliases.map((alias) => (
          <option key={alias}>{alias}</option>
        ))}
      </datalist>
      <p id={`${id}-hint`} className="text-sm text-soft">
        {hint}
      </p>
    </div>
  )
}

/** @throws SecretError `invalid_argument` */
export const idOfTyped = (notes: Notes, typed: string): BoxId => {
  const text = typed.trim()
  const id = idOfAlias(notes, text) ?? text.toLowerCase()
  if (!isUsableId(id)) throw new SecretError("invalid_argument", "that is neither an id nor a name that you gave", { help: "An id has 64 characters, 0 to 9 and a to f. It stands at the top of their page." })
  return id
}
