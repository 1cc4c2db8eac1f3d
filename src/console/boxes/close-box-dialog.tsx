import { useId, useState, type ReactNode, type SubmitEvent } from "react"
import { Button } from "../parts/button.tsx"
import { DialogFrame } from "../parts/dialog-frame.tsx"
import { useAction } from "../parts/use-action.ts"
import { BoxError } from "./box-error.tsx"
import { useBox, useContents } from "./use-box.ts"

const WORDS = "close my box"

/** Asks for words that nobody types by mistake. */
export const CloseBoxDialog = ({ onClose, onErased }: { onClose: () => void; onErased: () => void }): ReactNode => {
  const { client } = useBox()
  const { contents } = useContents()
  const [typed, setTyped] = useState("")
  const [isWrong, setWrong] = useState(false)
  const { run, isBusy, error } = useAction(async () => {
    await client.eraseFromServer()
    onErased()
  })
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const isRight = typed.trim().toLowerCase() === WORDS
    setWrong(!isRight)
    if (isRight) void run()
  }
  const shared = contents?.senders.reduce((sum, { secrets }) => sum + secrets.length, 0) ?? 0
  return (
    <DialogFrame title="Close the box" onClose={onClose}>
      <form onSubmit={submit} className="grid grid-cols-1 gap-4">
        <p>
          {contents?.own.length ?? 0} of your own and {shared} that others shared are deleted. There is no undo, and nobody can bring them back.
        </p>
        <WordsField typed={typed} onType={setTyped} isWrong={isWrong} />
        <BoxError error={error} />
        <div className="flex flex-wrap gap-2">
          <Button kind="danger" type="submit" isBusy={isBusy}>
            Delete everything
          </Button>
          <Button onClick={onClose}>Keep the box</Button>
        </div>
      </form>
    </DialogFrame>
  )
}

const WordsField = ({ typed, onType, isWrong }: { typed: string; onType: (typed: string) => void; isWrong: boolean }): ReactNode => {
  const id = useId()
  return (
    <div className="grid grid-cols-1 gap-1.5">
      <label htmlFor={id} className="font-semibold">
        Type <q>{WORDS}</q>
      </label>
      <input
        id={id} className="input" value={typed} onChange={(event) => onType(event.target.value)} autoComplete="off" autoCapitalize="off" aria-invalid={isWrong}
        aria-describedby={isWrong ? `${id}-wrong` : undefined}
      />
      {isWrong && (
        <p id={`${id}-wrong`} role="alert" className="text-bad">
          These are other words. Nothing was deleted.
        </p>
      )}
    </div>
  )
}
