import type { ReactNode } from "react"
import { useBriefClipboard } from "../parts/brief-clipboard.ts"
import { Button } from "../parts/button.tsx"
import { ErrorBox } from "../parts/error-box.tsx"
import { useAction } from "../parts/use-action.ts"
import { useSignedIn } from "../session/use-session.ts"
import { useHeldValue } from "./use-held-value.ts"
import type { ListedSecret } from "./use-secrets.ts"

/** Masked until somebody holds the button. What is not shown is not on the page in any form. */
export const SecretValue = ({ workspace, secret }: { workspace: string; secret: ListedSecret }): ReactNode => {
  const { client } = useSignedIn()
  const clipboard = useBriefClipboard()
  const read = async (): Promise<string> => (await client.revealSecret(workspace, secret.id)).value
  const held = useHeldValue(read)
  const copy = useAction(() => clipboard.copy(secret.key, read))
  const error = held.error ?? copy.error
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
      </div>
      <p className="mt-2 text-sm text-soft">Showing or copying it leaves an event under your name.</p>
      {error !== undefined && (
        <div className="mt-2">
          <ErrorBox error={error} />
        </div>
      )}
    </section>
  )
}

const Mask = (): ReactNode => (
  <p className="font-mono tracking-widest text-soft">
    <span aria-hidden="true">••••••••••••</span>
    <span className="sr-only">The value is hidden.</span>
  </p>
)

const Plain = ({ value }: { value: string }): ReactNode => (
  <pre role="status" className="max-h-60 overflow-auto font-mono text-sm wrap-anywhere whitespace-pre-wrap">
    {value === "" ? <em>empty</em> : value}
  </pre>
)
