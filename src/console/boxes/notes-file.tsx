import { useId, type ChangeEvent, type ReactNode } from "react"
import { Button } from "../parts/button.tsx"
import { useNotices } from "../parts/notices.ts"
import { saveFile } from "../parts/save-file.ts"
import { useAction } from "../parts/use-action.ts"
import { SecretError } from "../../base/errors.ts"
import { BoxError } from "./box-error.tsx"
import { exportNotes, importNotes } from "./notes.ts"
import { useBox, useNotes } from "./use-box.ts"

const FILE_MAX_BYTES = 5_000_000

/** Names of people, from browser to browser. */
export const NotesFile = (): ReactNode => {
  const id = useId()
  const box = useBox()
  const notes = useNotes()
  const notices = useNotices()
  const load = useAction(async (file: File) => {
    if (file.size > FILE_MAX_BYTES) throw new SecretError("payload_too_large", "the file holds more than names")
    const text = await file.text()
    const { added, left } = importNotes(box.notes, text)
    await box.note((now) => importNotes(now, text).notes)
    notices.tell(`${added === 1 ? "One name is" : `${added} names are`} taken over.${left === 0 ? "" : ` ${left} left out: they are no names, or this browser knows these people or names otherwise.`}`)
  })
  const choose = (event: ChangeEvent<HTMLInputElement>): void => {
    const { currentTarget } = event
    const [file] = currentTarget.files ?? []
    if (file !== undefined) void load.run(file).then(() => (currentTarget.value = ""))
  }
  return (
    <section className="card grid grid-cols-1 gap-3 p-4 sm:p-6">
      <h2 className="text-lg font-semibold">Names of people</h2>
      <p>
        What you call whom, and what you shared with them, is in this browser alone: {Object.keys(notes.people).length} people. The file is plain JSON and holds no value. That you compared a safety
        number is not in it, because whoever can change a file could claim it.
      </p>
      <div className="flex flex-wrap items-center gap-3">
        <Button onClick={() => saveFile(exportNotes(notes, box.id), "sotto-box-people.json")}>Save the names</Button>
        <span className="flex min-w-0 flex-wrap items-center gap-2">
          <label htmlFor={id}>Take names from a file:</label>
          <input id={id} type="file" accept=".json,application/json" className="file min-w-0" onChange={choose} />
        </span>
      </div>
      <BoxError error={load.error} />
    </section>
  )
}
