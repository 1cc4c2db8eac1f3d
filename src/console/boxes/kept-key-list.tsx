import { useState, type ReactNode } from "react"
import type { BoxId } from "../../boxes/protocol/keys.ts"
import { importKey } from "../../boxes/client/key-file.ts"
import { Button } from "../parts/button.tsx"
import { BoxError } from "./box-error.tsx"
import { Confirm } from "./confirm.tsx"
import { HiddenField, onSubmit, textOf } from "./fields.tsx"
import { openBoxOf } from "./open-box.ts"
import { shortId } from "./short-id.ts"
import { useKeptKeys } from "./use-box.ts"
import { useOpening, type UnlockProps } from "./use-opening.ts"

/** Keys that this browser keeps under their passphrases. */
export const KeptKeyList = ({ onOpen }: UnlockProps): ReactNode => {
  const kept = useKeptKeys()
  return kept.ids.map((id) => <KeptKey key={id} id={id} onOpen={onOpen} />)
}

const KeptKey = ({ id, onOpen }: UnlockProps & { id: BoxId }): ReactNode => {
  const kept = useKeptKeys()
  const [isForgetting, setForgetting] = useState(false)
  const { run, isBusy, error } = useOpening(async (opening, passphrase: string) => {
    const { secretKeyHex } = await importKey(kept.sealedOf(id) ?? "", passphrase)
    return openBoxOf(opening, secretKeyHex)
  }, onOpen)
  return (
    <section className="card p-4 sm:p-5" aria-label={`The box ${shortId(id)}`}>
      <form onSubmit={onSubmit((fields) => void run(textOf(fields, "passphrase")))} className="grid grid-cols-1 gap-4">
        <h2 className="font-semibold">
          The box <code title={id}>{shortId(id)}</code>, kept in this browser
        </h2>
        <HiddenField label="Passphrase" name="passphrase" isPassphrase />
        <BoxError error={error} />
        <div className="flex flex-wrap gap-2">
          <Button kind="main" type="submit" isBusy={isBusy}>
            Unlock
          </Button>
          <Button kind="quiet" onClick={() => setForgetting(true)}>
            Forget this key
          </Button>
        </div>
        {isForgetting && (
          <Confirm yes="Forget it here" no="Keep it" onYes={() => kept.forget(id)} onNo={() => setForgetting(false)}>
            This browser forgets the sealed key. Without a file of it, or the key itself, nobody can open the box again.
          </Confirm>
        )}
      </form>
    </section>
  )
}
