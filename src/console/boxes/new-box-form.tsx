import type { ReactNode } from "react"
import { Button } from "../parts/button.tsx"
import { Command } from "../parts/command.tsx"
import { BoxError } from "./box-error.tsx"
import { ClosingField, closingOf, HiddenField, onSubmit, textOf } from "./fields.tsx"
import { openNewBox, type NewBox } from "./open-box.ts"
import { useOpening, type UnlockProps } from "./use-opening.ts"

/** What a form says of a box that is to be opened. */
export const newBoxOf = (fields: FormData): NewBox => {
  const code = textOf(fields, "code").trim()
  return { closesAfter: closingOf(fields), ...(code !== "" && { code }) }
}

export const NewBoxFields = (): ReactNode => (
  <>
    <HiddenField label="Code" name="code" isRequired={false} hint="Where the server asks for one: from whoever runs it, or from somebody who has a box here. Leave it empty otherwise." />
    <ClosingField label="Closes" hint="At that moment the box is out of reach, and what is in it is deleted. It cannot be changed later." />
  </>
)

export const NewBoxForm = ({ onOpen }: UnlockProps): ReactNode => {
  const { run, isBusy, error } = useOpening(openNewBox, onOpen)
  return (
    <form onSubmit={onSubmit((fields) => void run(newBoxOf(fields)))} className="grid grid-cols-1 gap-4">
      <p>A key is made here and opens a box of its own. There is no account: whoever has the key has the box.</p>
      <NewBoxFields />
      <BoxError error={error} />
      <div className="flex flex-wrap items-center gap-3">
        <Button kind="main" type="submit" isBusy={isBusy}>
          Make a key and open a box
        </Button>
        <span className="text-sm text-soft">
          In a terminal: <Command>sotto box init</Command>
        </span>
      </div>
    </form>
  )
}
