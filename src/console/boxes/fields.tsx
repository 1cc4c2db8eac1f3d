import { useId, type ReactNode, type SubmitEvent } from "react"

interface HiddenFieldProps {
  label: string
  name: string
  hint?: ReactNode
  /** A passphrase, which a browser may fill in; all else is masked text. */
  isPassphrase?: boolean
  isRequired?: boolean
  minLength?: number
}

/** What is typed stands in the field and in no state that is drawn from, so that no attribute shows it. */
export const HiddenField = ({ label, name, hint, isPassphrase = false, isRequired = true, minLength }: HiddenFieldProps): ReactNode => {
  const id = useId()
  return (
    <div className="grid grid-cols-1 gap-1.5">
      <label htmlFor={id} className="font-semibold">
        {label}
      </label>
      <input
        id={id} name={name} type={isPassphrase ? "password" : "text"} className={isPassphrase ? "input" : "input masked font-mono"} required={isRequired} minLength={minLength}
        autoComplete="off" autoCapitalize="off" spellCheck={false} aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      />
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-sm text-soft">
          {hint}
        </p>
      )}
    </div>
  )
}

export const onSubmit =
  (work: (fields: FormData) => void) =>
  (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault()
    work(new FormData(event.currentTarget))
  }

export const textOf = (fields: FormData, name: string): string => {
  const value = fields.get(name)
  return typeof value === "string" ? value : ""
}

const CLOSINGS = [
  ["", "Never"],
  ["+7days", "In a week"],
  ["+30days", "In 30 days"],
  ["+3months", "In three months"],
  ["+1year", "In a year"],
] as const

export const ClosingField = ({ label, hint }: { label: string; hint: string }): ReactNode => {
  const id = useId()
  return (
    <div className="grid grid-cols-1 gap-1.5">
      <label htmlFor={id} className="font-semibold">
        {label}
      </label>
      <select id={id} name="closing" className="input" aria-describedby={`${id}-hint`}>
        {CLOSINGS.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
      <p id={`${id}-hint`} className="text-sm text-soft">
        {hint}
      </p>
    </div>
  )
}

export const closingOf = (fields: FormData): string | null => {
  const chosen = textOf(fields, "closing")
  return chosen === "" ? null : chosen
}
