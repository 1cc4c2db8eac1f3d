import { isSecretError } from "../base/errors.ts"
import { writeCheckReceipt } from "./check-receipt.ts"
import type { CommandRun } from "./command.ts"
import { jobFileOf, loadJobFile } from "./job-file.ts"
import { shownPath } from "./shown-path.ts"

/** Everything is said on stderr; with --json the outcome is on stdout. */
export const checkJobs: CommandRun = async (call) => {
  const { options, screen } = call
  const startedAt = Date.now()
  const found = jobFileOf(options.text("file"))
  const { errors, count, warnings } = await faultsOf(() => loadJobFile(found, call))
  const isValid = errors.length === 0
  if (screen.isJson) screen.json({ file: shownPath(found.path), valid: isValid, errors, warnings })
  for (const line of errors) screen.note(line)
  for (const line of warnings) screen.note(`warning: ${line}`)
  const receipt = receiptOf(() => writeCheckReceipt({ ...found, errors, startedAt }))
  if (receipt !== null) screen.note(`receipt: ${shownPath(receipt)}`)
  screen.note(isValid ? "jobs check passed" : `jobs check failed: ${count} ${count === 1 ? "fault" : "faults"}`)
  return isValid ? 0 : 1
}

/** A folder that cannot be written makes a file no worse. */
const receiptOf = (write: () => string): string | null => {
  try {
    return write()
  } catch {
    return null
  }
}

interface Outcome {
  /** All of them, unless there are more than anybody reads. */
  errors: readonly string[]
  count: number
  warnings: readonly string[]
}

const faultsOf = async (load: () => Promise<{ warnings: readonly string[] }>): Promise<Outcome> => {
  try {
    return { errors: [], count: 0, warnings: (await load()).warnings }
  } catch (error) {
    if (isSecretError(error) && error.code === "SCHEMA_V1") return { ...(error.details as { errors: string[]; count: number }), warnings: [] }
    throw error
  }
}
