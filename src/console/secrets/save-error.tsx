import type { ReactNode } from "react"
import type { SecretError } from "../../base/errors.ts"
import { Button } from "../parts/button.tsx"
import { ErrorBox } from "../parts/error-box.tsx"
import type { Fate } from "./use-saving.ts"

interface SaveErrorProps {
  error: SecretError | undefined
  fate: Fate | undefined
  isBusy: boolean
  onLook(): void
  children?: ReactNode
}

const SAYS: Readonly<Record<Fate, string>> = {
  stored: "The connection was lost, but what you typed was stored.",
  "not stored": "The connection was lost, and nothing was stored. What you typed is still here: save it again.",
  unknown: "The connection was lost while saving. Whether it was stored is not known yet. What you typed is still here.",
}

/** What went wrong with a save, and what is known of what was stored. */
export const SaveError = ({ error, fate, isBusy, onLook, children }: SaveErrorProps): ReactNode => {
  if (error === undefined) return null
  return (
    <ErrorBox error={error} says={fate === undefined ? undefined : SAYS[fate]}>
      {fate === "unknown" && (
        <Button className="mt-2" onClick={onLook} isBusy={isBusy}>
          See what was stored
        </Button>
      )}
      {children}
    </ErrorBox>
  )
}
