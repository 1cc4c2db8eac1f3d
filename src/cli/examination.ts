import { isSecretError } from "../base/errors.ts"
import type { Finding } from "../core/doctor.ts"
import { EXIT_CODES } from "./exit-codes.ts"

export interface Examination {
  findings: Finding[]
  /** Where something did not open at all: the code of that failure. */
  exitCode?: number
}

/** A failure as a finding. What is not ours is named by its code alone: its message may hold anything. */
export const findingOf = (error: unknown): Required<Pick<Examination, "exitCode">> & { finding: Finding } => {
  if (!isSecretError(error)) {
    const { code } = error as NodeJS.ErrnoException
    return { finding: { level: "error", what: `something failed unexpectedly${code === undefined ? "" : ` (${code})`}` }, exitCode: EXIT_CODES.internal }
  }
  const { code, message, help } = error
  return { finding: { level: "error", what: `${message} (${code})`, ...(help !== undefined && { help }) }, exitCode: EXIT_CODES[code] }
}
