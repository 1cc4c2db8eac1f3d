import type { ReactNode } from "react"
import { hex } from "../../base/bytes.ts"
import type { BoxId } from "../../boxes/protocol/keys.ts"
import { useBriefClipboard } from "../parts/brief-clipboard.ts"
import { Button } from "../parts/button.tsx"
import { saveFile } from "../parts/save-file.ts"
import { useAction } from "../parts/use-action.ts"
import { useHeldValue } from "../secrets/use-held-value.ts"
import { BoxError } from "./box-error.tsx"
import { NotProved, ProofWords } from "./proof-words.tsx"
import { exactValue, type Taking } from "./use-taking.ts"

interface BoxValueProps {
  name: string
  sender: BoxId
  taking: Taking
}

/** Masked until somebody holds the button. What is not shown is not on the page in any form. */
export const BoxValue = ({ name, sender, taking }: BoxValueProps): ReactNode => {
  const clipboard = useBriefClipboard()
  const { take, proof, isRefused } = taking
  const held = useHeldValue(async () => shownText(exactValue(await take())))
  const copy = useAction(() => clipboard.copy(name, async () => copiedText(exactValue(await take()))))
  const save = useAction(async () => saveFile(exactValue(await take()) as BlobPart, fileName(name)))
  const error = held.error ?? copy.error ?? save.error
  return (
    <section aria-label="Value" className="rounded-lg border border-line bg-paper p-3">
      {held.value === null ? <Mask /> : <Plain value={held.value} />}
      <div className="mt-3 flex flex-wrap gap-2">
        <button type="button" {...held.handlers} className="button button-plain touch-none select-none" aria-pressed={held.value !== null} aria-busy={held.isBusy}>
          Hold to show
        </button>
        <Button onClick={() => void copy.run()} isBusy={copy.isBusy}>
          Copy
        </Button>
        <Button onClick={() => void save.run()} isBusy={save.isBusy}>
          Save as a file
        </Button>
      </div>
      <div className="mt-3" role="status">
        {proof !== null && !isRefused && <ProofWords proof={proof} sender={sender} />}
      </div>
      {isRefused && <NotProved sender={sender} onUnsigned={taking.allowUnsigned} />}
      {error !== undefined && !isRefused && error.code !== "not_authentic" && <BoxError error={error} />}
    </section>
  )
}

const SHOWN_BYTES = 1_024

const shownText = (value: string | Uint8Array): string => {
  if (typeof value === "string") return value
  const rows = hex(value.subarray(0, SHOWN_BYTES)).match(/.{1,32}/g) ?? []
  return rows.map((row) => row.replace(/(..)/g, "$1 ").trimEnd()).join("\n") + (value.length > SHOWN_BYTES ? "\n…" : "")
}

const copiedText = (value: string | Uint8Array): string => (typeof value === "string" ? value : btoa(String.fromCharCode(...value)))

const fileName = (name: string): string => name.replace(/[^\w.-]+/g, "-").slice(0, 100) || "secret"

export const Mask = (): ReactNode => (
  <p className="font-mono tracking-widest text-soft">
    <span aria-hidden="true">••••••••••••</span>
    <span className="sr-only">The value is hidden.</span>
  </p>
)

export const Plain = ({ value }: { value: string }): ReactNode => (
  <pre role="status" className="max-h-60 overflow-auto font-mono text-sm wrap-anywhere whitespace-pre-wrap">
    {value === "" ? <em>empty</em> : value}
  </pre>
)
