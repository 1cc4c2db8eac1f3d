import { useState, type ReactNode } from "react"
import { SecretError } from "../../base/errors.ts"
import { Button } from "../parts/button.tsx"
import { DialogFrame } from "../parts/dialog-frame.tsx"
import { useNotices } from "../parts/notices.ts"
import { saveFile } from "../parts/save-file.ts"
import { useAction } from "../parts/use-action.ts"
import { BoxError } from "./box-error.tsx"
import { HiddenField, onSubmit, textOf } from "./fields.tsx"
import { useBox, useKeptKeys } from "./use-box.ts"

const PASSPHRASE_MIN = 12
const FILE_ID_CHARACTERS = 8

/** Seals the key under a passphrase: the only form in which it leaves this tab. */
export const KeepKeyDialog = ({ onClose }: { onClose: () => void }): ReactNode => {
  const { run, isBusy, error } = useKeeping(onClose)
  const [isDirty, setDirty] = useState(false)
  return (
    <DialogFrame title="Save the key" isDirty={isDirty && !isBusy} onClose={onClose}>
      <form onSubmit={onSubmit((fields) => void run(fields))} onInput={() => setDirty(true)} className="grid grid-cols-1 gap-4">
        <p>The key is encrypted under a passphrase first. Whoever has both can open your box, so keep them apart; if you lose either, nobody can help.</p>
        <HiddenField label="Passphrase" name="passphrase" isPassphrase minLength={PASSPHRASE_MIN} hint={`At least ${PASSPHRASE_MIN} characters. Six words picked by chance are easy to keep and hard to guess.`} />
        <HiddenField label="The same again" name="again" isPassphrase />
        <fieldset className="grid grid-cols-1 gap-2">
          <legend className="mb-1 font-semibold">Where to</legend>
          <label className="flex items-center gap-2">
            <input type="checkbox" name="file" defaultChecked /> A file on this machine
          </label>
          <label className="flex items-center gap-2">
            <input type="checkbox" name="browser" /> This browser, for this page
          </label>
        </fieldset>
        <BoxError error={error} />
        <Button kind="main" type="submit" isBusy={isBusy} className="justify-self-start">
          Encrypt and save
        </Button>
      </form>
    </DialogFrame>
  )
}

const useKeeping = (onClose: () => void) => {
  const box = useBox()
  const kept = useKeptKeys()
  const notices = useNotices()
  return useAction(async (fields: FormData) => {
    const passphrase = textOf(fields, "passphrase")
    const [toFile, toBrowser] = [fields.get("file") !== null, fields.get("browser") !== null]
    if (passphrase !== textOf(fields, "again")) throw invalid("the two passphrases are not the same")
    if (!toFile && !toBrowser) throw invalid("nowhere is chosen to save the key to")
    const sealed = await box.sealKey(passphrase)
    if (toBrowser) kept.keep(box.id, sealed)
    if (toFile) saveFile(sealed, `sotto-box-${box.id.slice(0, FILE_ID_CHARACTERS)}.json`)
    box.noteSaved()
    notices.tell(toFile ? "The key is saved, sealed under your passphrase. Look whether the file is there." : "This browser keeps the key, sealed under your passphrase.")
    onClose()
  })
}

const invalid = (message: string): SecretError => new SecretError("invalid_argument", message)
