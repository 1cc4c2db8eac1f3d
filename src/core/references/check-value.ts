import { fromUtf8 } from "../../base/bytes.ts"
import { SecretError } from "../../base/errors.ts"
import type { SecretSpec } from "./secret-spec.ts"

export const FILE_MAX_BYTES = 1_048_576
/** Linux takes 128 KiB for one string of the environment, the name included. */
const ENV_MAX_BYTES = 65_536

/** What makes a value unfit for the way it is to be handed over; null for nothing. */
export const valueProblem = (value: Uint8Array, { file }: Pick<SecretSpec, "file">): SecretError | null => {
  if (value.length === 0) return problem("empty", "its value is empty")
  const maxBytes = file ? FILE_MAX_BYTES : ENV_MAX_BYTES
  if (value.length > maxBytes) return problem("too_large", `its value is larger than ${maxBytes} bytes`, file ? undefined : "Have it as a file.")
  if (file) return null
  if (value.includes(0)) return problem("nul_byte", "its value holds a NUL byte, which no environment variable can", "Have it as a file.")
  return isText(value) ? null : problem("not_text", "its value is not UTF-8 text", "Have it as a file.")
}

const isText = (value: Uint8Array): boolean => {
  try {
    fromUtf8(value)
    return true
  } catch {
    return false
  }
}

const problem = (reason: string, message: string, help?: string): SecretError =>
  new SecretError("SECRETS_REQUIRED_MISSING", message, { details: { reason }, ...(help !== undefined && { help }) })
