import type { ReactNode } from "react"
import { Button } from "../parts/button.tsx"
import { BoxError } from "./box-error.tsx"
import { HiddenField, onSubmit, textOf } from "./fields.tsx"
import { NewBoxFields, newBoxOf } from "./new-box-form.tsx"
import { openBoxOf, type NewBox } from "./open-box.ts"
import { useOpening, type UnlockProps } from "./use-opening.ts"

export const PasteKeyForm = ({ onOpen }: UnlockProps): ReactNode => {
  const { run, isBusy, error } = useOpening((opening, key: string, box?: NewBox) => openBoxOf(opening, key, box), onOpen)
  const isMissing = error?.message.startsWith("getSecretSpace replied") === true
  const isOpening = isMissing || (error !== undefined && /^openSecretSpace|AuthCode/i.test(error.message))
  return (
    <form onSubmit={onSubmit((fields) => void run(textOf(fields, "key"), isOpening ? newBoxOf(fields) : undefined))} className="grid grid-cols-1 gap-4">
      <HiddenField label="Secret key" name="key" hint="64 characters, 0 to 9 and a to f. It stays in this tab: nothing of it is sent or kept." />
      <BoxError error={error}>{isMissing && <p className="mt-1 text-sm">If the key is right, you can open a box for it here.</p>}</BoxError>
      {isOpening && <NewBoxFields />}
      <Button kind="main" type="submit" isBusy={isBusy} className="justify-self-start">
        {isOpening ? "Open a box for this key" : "Unlock"}
      </Button>
    </form>
  )
}
