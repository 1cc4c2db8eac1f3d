import { useId, type ReactNode } from "react"
import { SecretError } from "../../base/errors.ts"

interface MetadataFieldProps {
  begins: string
  onChange(text: string): void
}

export const MetadataField = ({ begins, onChange }: MetadataFieldProps): ReactNode => {
  const id = useId()
  return (
    <div className="grid grid-cols-1 gap-1.5">
      <label htmlFor={id} className="font-semibold">
        Metadata
      </label>
      <textarea
        id={id} className="input font-mono text-sm" rows={4} defaultValue={begins} onInput={(event) => onChange(event.currentTarget.value)}
        placeholder='{ "owner": "payments" }' autoComplete="off" autoCapitalize="off" spellCheck={false} aria-describedby={`${id}-hint`}
      />
      <p id={`${id}-hint`} className="text-sm text-soft">
        A JSON object that whoever may list can read. Nothing secret belongs here.
      </p>
    </div>
  )
}

export const metadataText = (metadata: Record<string, unknown> | undefined): string => (metadata === undefined ? "" : JSON.stringify(metadata, null, 2))

/** null for none. @throws SecretError `invalid_argument`; the engine's own message would quote the text */
export const parseMetadata = (text: string): Record<string, unknown> | null => {
  if (text.trim() === "") return null
  const help = 'For example { "owner": "payments" }'
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>
  } catch {
    throw new SecretError("invalid_argument", "the metadata is not JSON", { help })
  }
  throw new SecretError("invalid_argument", "the metadata must be one JSON object", { help })
}
