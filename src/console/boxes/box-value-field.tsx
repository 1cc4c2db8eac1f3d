import { useId, useImperativeHandle, useRef, useState, type ChangeEvent, type ClipboardEvent, type ReactNode, type Ref } from "react"
import { fromUtf8, utf8 } from "../../base/bytes.ts"
import { SecretError } from "../../base/errors.ts"
import { Button } from "../parts/button.tsx"
import { useAction } from "../parts/use-action.ts"
import { BoxError } from "./box-error.tsx"

/** Hands out what was typed or chosen, byte for byte: text as text, all else as bytes. */
export interface BoxValueHandle {
  read(): string | Uint8Array
}

interface BoxValueFieldProps {
  ref: Ref<BoxValueHandle>
  onEdit(): void
}

const FILE_MAX_BYTES = 50_000

/** The value is in the text area or in a reference, and in no state that is drawn from. */
export const BoxValueField = ({ ref, onEdit }: BoxValueFieldProps): ReactNode => {
  const id = useId()
  const area = useRef<HTMLTextAreaElement>(null)
  const whole = useRef<string | Uint8Array | null>(null)
  const [origin, setOrigin] = useState<string | null>(null)
  const [bytes, setBytes] = useState(0)
  const [isShown, setShown] = useState(false)
  useImperativeHandle(ref, () => ({ read: () => whole.current ?? area.current?.value ?? "" }), [])
  const take = (value: string | Uint8Array | null, from: string | null): void => {
    whole.current = value
    setOrigin(from)
    setBytes(sizeOf(value ?? area.current?.value ?? ""))
    onEdit()
  }
  return (
    <div className="grid grid-cols-1 gap-1.5">
      <ValueLabel id={id} isShown={isShown} onShow={setShown} />
      <textarea
        id={id} ref={area} rows={3} hidden={origin !== null} onInput={() => take(null, null)} onPaste={(event) => pasteWhole(event, take)} autoComplete="off" autoCapitalize="off"
        spellCheck={false} className={`input font-mono ${isShown ? "" : "masked"}`} aria-describedby={`${id}-facts`}
      />
      {origin !== null && (
        <p className="flex flex-wrap items-center justify-between gap-2 rounded-lg border border-line bg-paper px-3 py-2">
          <span className="min-w-0 wrap-anywhere">It is {origin}.</span>
          <Button kind="quiet" onClick={() => take(null, null)}>
            Type instead
          </Button>
        </p>
      )}
      <p id={`${id}-facts`} className="text-sm text-soft">
        {bytes.toLocaleString("en")} {bytes === 1 ? "byte" : "bytes"}, encrypted as they are before they leave this page.
      </p>
      <FileChoice onChoose={(value, name) => take(value, `the file ${name}`)} />
    </div>
  )
}

const ValueLabel = ({ id, isShown, onShow }: { id: string; isShown: boolean; onShow: (isShown: boolean) => void }): ReactNode => (
  <div className="flex flex-wrap items-baseline justify-between gap-x-2">
    <label htmlFor={id} className="font-semibold">
      Value
    </label>
    <label className="flex items-center gap-1.5 text-sm text-soft">
      <input type="checkbox" checked={isShown} onChange={(event) => onShow(event.target.checked)} /> Show what I type
    </label>
  </div>
)

const sizeOf = (value: string | Uint8Array): number => (typeof value === "string" ? utf8(value).length : value.length)

/** A text area would change line ends of another system. */
const pasteWhole = (event: ClipboardEvent<HTMLTextAreaElement>, take: (value: string, from: string) => void): void => {
  const pasted = event.clipboardData.getData("text/plain")
  if (!pasted.includes("\r")) return
  event.preventDefault()
  const { value, selectionStart, selectionEnd } = event.currentTarget
  take(value.slice(0, selectionStart) + pasted + value.slice(selectionEnd), "what you pasted, with its own line ends")
}

const FileChoice = ({ onChoose }: { onChoose: (value: string | Uint8Array, name: string) => void }): ReactNode => {
  const { run, error } = useAction(async (file: File) => onChoose(await readFile(file), file.name))
  const choose = (event: ChangeEvent<HTMLInputElement>): void => {
    const [file] = event.target.files ?? []
    if (file !== undefined) void run(file)
  }
  return (
    <>
      <label className="flex flex-wrap items-center gap-2 text-sm text-soft">
        Or from a file: <input type="file" className="file min-w-0" onChange={choose} />
      </label>
      <BoxError error={error} />
    </>
  )
}

/** @throws SecretError `payload_too_large` */
const readFile = async (file: File): Promise<string | Uint8Array> => {
  if (file.size > FILE_MAX_BYTES) throw new SecretError("payload_too_large", `${file.name} has ${file.size.toLocaleString("en")} bytes`)
  const bytes = new Uint8Array(await file.arrayBuffer())
  try {
    return fromUtf8(bytes)
  } catch {
    return bytes
  }
}
