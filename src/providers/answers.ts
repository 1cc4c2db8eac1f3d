import { utf8 } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import { Redacted } from "../base/redacted.ts"
import type { ProviderAnswer } from "../core/ports/provider.ts"

/** An answer with bytes as they are. Who resolves gives them the name of their variable. */
export const found = (value: Uint8Array | string): ProviderAnswer => ({
  value: new Redacted(typeof value === "string" ? utf8(value) : value, "VALUE"),
})

/** @param reason a stable word for programs */
export const unavailable = (reason: string, message: string, help?: string): SecretError =>
  new SecretError("SECRETS_PROVIDER_UNAVAILABLE", message, { details: { reason }, ...(help !== undefined && { help }) })

export const notFound = (reason: "entry_missing" | "field_missing" | "expired", message: string): SecretError =>
  new SecretError("SECRETS_REF_NOT_FOUND", message, { details: { reason } })

export const ambiguous = (message: string, help?: string): SecretError =>
  new SecretError("SECRETS_REF_INVALID", message, { details: { reason: "ambiguous_entry" }, ...(help !== undefined && { help }) })
