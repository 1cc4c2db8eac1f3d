import type { ReactNode } from "react"
import type { SecretError } from "../../base/errors.ts"
import { nextStep } from "./next-step.ts"

interface ErrorBoxProps {
  error: SecretError
  /** In place of the error's own words. */
  says?: string | undefined
  children?: ReactNode
}

/** What went wrong, and the next step. */
export const ErrorBox = ({ error, says, children }: ErrorBoxProps): ReactNode => (
  <div role="alert" className="rounded-md border border-bad/40 bg-bad-soft px-3 py-2 wrap-anywhere">
    <p className="font-medium text-bad">{says ?? sentence(error.message)}</p>
    {says === undefined && <p className="mt-1 text-sm">{nextStep(error)}</p>}
    {children}
  </div>
)

export const sentence = (text: string): string => {
  const first = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(first) ? first : `${first}.`
}
