import { useImperativeHandle, useRef, useState, type ChangeEvent, type ClipboardEvent, type ReactNode, type Ref } from "react"
import { fromUtf8, utf8 } from "../../base/bytes.ts"
import { SecretError } from "../../base/errors.ts"
import { LIMITS } from "../../core/limits.ts"
import { Button } from "../parts/button.tsx"
import { ErrorBox } from "../parts/error-box.tsx"
import { asSecretError, useAction } from "../parts/use-action.ts"

/** Hands out what was typed, byte for byte. */
export interface ValueHandle {
  read(): string
}

interface ValueFieldProps {
  ref: Ref<ValueHandle>
  onEdit(): void
}

interface Facts {
  bytes: number
  isBlankEnded: boolean
  /** Where it came whole from elsewhere: a text area would change its line ends. */
  origin?: string
}

const factsOf = (value: string, origin?: string): Facts => ({ bytes: utf8(value).length, isBlankEnded: /^\s|\s$/u.test(value), ...(origin !== undefined && { origin }) })

/** The value itself is in the text area or in a reference, and in no state that is drawn from. */
export const ValueField = ({ ref, onEdit }: ValueFieldProps): ReactNode => {
  const area = useRef<HTMLTextAreaElement>(null)
  const whole = useRef<string | null>(null)
  const [facts, setFacts] = useState<Facts>(factsOf(""))
  const [isShown, setShown] = useState(false)
  useImperativeHandle(ref, () => ({ read: () => whole.current ?? area.current?.value ?? "" }), [])
  const take = (value: string | null, origin?: string): void => {
    whole.current = value
    setFacts(factsOf(value ?? area.current?.value ?? "", origin))
    onEdit()
  }
  const paste = (event: ClipboardEvent<HTMLTextAreaElement>): void => {
    const pasted = event.clipboardData.getData("text/plain")
    if (!pasted.includes("\r")) return
    event.preventDefault()
    const { value, selectionStart, selectionEnd } = event.currentTarget
    take(value.slice(0, selectionStart) + pasted + value.slice(selectionEnd), "what you pasted, with its own line ends")
  }
  const isWhole = facts.origin !== undefined
  return (
    <div className="grid grid-cols-1 gap-1.5">
      <ValueLabel isShown={isShown} onShow={setShown} />
      <textarea
        id="value" ref={area} rows={3} hidden={isWhole} onInput={() => take(null)} onPaste={paste}
        className={`input font-mono ${isShown ? "" : "masked"}`} autoComplete="off" autoCapitalize="off" spellCheck={false} aria-describedby="value-facts"
      />
      {isWhole && (
        <p className="flex items-center justify-between gap-2 rounded-lg border border-line bg-paper px-3 py-2">
          <span className="min-w-0 wrap-anywhere">It is {facts.origin}.</span>
          <Button kind="quiet" onClick={() => take(null)}>
            Type instead
          </Button>
        </p>
      )}
      <ValueFacts facts={facts} />
      <FileChoice onChoose={(value, name) => take(value, `the file ${name}`)} />
    </div>
  )
}

const ValueLabel = ({ isShown, onShow }: { isShown: boolean; onShow: (isShown: boolean) => void }): ReactNode => (
  <div className="flex items-baseline justify-between gap-2">
    <label htmlFor="value" className="font-semibold">
      Value
    </label>
    <label className="flex items-center gap-1.5 text-sm text-soft">
      <input type="checkbox" checked={isShown} onChange={(event) => onShow(event.target.checked)} /> Show what I type
    </label>
  </div>
)

const ValueFacts = ({ facts: { bytes, isBlankEnded } }: { facts: Facts }): ReactNode => (
  <p id="value-facts" className="text-sm text-soft">
    {bytes > LIMITS.valueMaxBytes ? (
      <span className="text-bad">
        {bytes.toLocaleString("en")} bytes: at most {LIMITS.valueMaxBytes.toLocaleString("en")} can be stored.
      </span>
    ) : (
      `${bytes.toLocaleString("en")} ${bytes === 1 ? "byte" : "bytes"}, stored as they are.`
    )}
    {isBlankEnded && <span className="text-warn"> White space at the beginning or the end will be stored too.</span>}
  </p>
)

const FileChoice = ({ onChoose }: { onChoose: (value: string, name: string) => void }): ReactNode => {
  const { run, error } = useAction(async (file: File) => onChoose(await readValueFile(file), file.name))
  const choose = (event: ChangeEvent<HTMLInputElement>): void => {
    const [file] = event.target.files ?? []
    if (file !== undefined) void run(file)
  }
  return (
    <>
      <label className="flex flex-wrap items-center gap-2 text-sm text-soft">
        Or from a file: <input type="file" className="file min-w-0" onChange={choose} />
      </label>
      {error !== undefined && <ErrorBox error={error} />}
    </>
  )
}

/** @throws SecretError `value_too_large`, or `invalid_argument` for what is no text */
const readValueFile = async (file: File): Promise<string> => {
  if (file.size > LIMITS.valueMaxBytes) throw new SecretError("value_too_large", `${file.name} has ${file.size.toLocaleString("en")} bytes`)
  const bytes = new Uint8Array(await file.arrayBuffer())
  try {
    return fromUtf8(bytes)
  } catch (error) {
    throw error instanceof TypeError ? new SecretError("invalid_argument", `${file.name} is not UTF-8 text`, { help: "Encode it first, for example with `base64`." }) : asSecretError(error)
  }
}
