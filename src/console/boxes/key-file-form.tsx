import { useId, type ReactNode } from "react"
import { importKey } from "../../boxes/client/key-file.ts"
import { Button } from "../parts/button.tsx"
import { Command } from "../parts/command.tsx"
import { BoxError } from "./box-error.tsx"
import { HiddenField, onSubmit, textOf } from "./fields.tsx"
import { openBoxOf } from "./open-box.ts"
import { useKeptKeys } from "./use-box.ts"
import { useOpening, type UnlockProps } from "./use-opening.ts"

export const KeyFileForm = ({ onOpen }: UnlockProps): ReactNode => {
  const kept = useKeptKeys()
  const id = useId()
  const { run, isBusy, error } = useOpening(async (opening, fields: FormData) => {
    const file = fields.get("file")
    const sealed = file instanceof File ? await file.text() : ""
    const passphrase = textOf(fields, "passphrase")
    const { secretKeyHex } = await importKey(sealed, passphrase)
    const box = await openBoxOf(opening, secretKeyHex)
    if (fields.get("keep") !== null) kept.keep(box.id, await box.sealKey(passphrase)) // the file may be sealed at a lesser cost
    return box
  }, onOpen)
  return (
    <form onSubmit={onSubmit((fields) => void run(fields))} className="grid grid-cols-1 gap-4">
      <div className="grid grid-cols-1 gap-1.5">
        <label htmlFor={id} className="font-semibold">
          File of the key
        </label>
        <input id={id} name="file" type="file" accept=".json,application/json" required className="file min-w-0" aria-describedby={`${id}-hint`} />
        <p id={`${id}-hint`} className="text-sm text-soft">
          As this page saved it, or <Command>sotto box export</Command>.
        </p>
      </div>
      <HiddenField label="Its passphrase" name="passphrase" isPassphrase />
      <label className="flex items-center gap-2">
        <input type="checkbox" name="keep" /> Keep the sealed key in this browser
      </label>
      <BoxError error={error} />
      <Button kind="main" type="submit" isBusy={isBusy} className="justify-self-start">
        Unlock
      </Button>
    </form>
  )
}
