import type { SecretError, SecretErrorCode } from "../../base/errors.ts"

/** An error that came over the network lost its help: what a person at this page can do. */
const STEPS: Partial<Record<SecretErrorCode, string>> = {
  unauthorized: "Sign in again: `sotto open` prints a link.",
  forbidden: "Ask whoever administers the server for this permission.",
  not_found: "It may have been removed. Load the list anew.",
  already_exists: "Take another name, or replace the value of the one that is there.",
  version_conflict: "Look at what it is now, then decide again. Nothing of yours was stored.",
  expired: "Give it a new expiry or a new value.",
  key_unavailable: "The server's key ring lacks the key of this secret. Run `sotto doctor` there.",
  decryption_failed: "What is stored was damaged or changed. Run `sotto doctor` on the server.",
  value_too_large: "A value has at most 65,536 bytes. Keep large files elsewhere, and their key here.",
  payload_too_large: "Send less at once.",
  rate_limited: "Wait a minute, then try again.",
  server_unreachable: "Check the network and that the server runs. What you typed is still here.",
  storage_unavailable: "The server's database is busy or away. Try again in a moment.",
  aborted: "It was stopped. Try again.",
  internal: "Try again. If it stays, the server's log says more.",
}

export const nextStep = (error: SecretError): string => error.help ?? STEPS[error.code] ?? "Correct it, then try again."
