import { isSecretError, type SecretError } from "../base/errors.ts"
import type { Call } from "./command.ts"
import { openJobFile } from "./job-file.ts"

interface Checked {
  file: string
  valid: boolean
  errors: readonly string[]
  warnings: readonly string[]
}

/** Everything is said on stderr; stdout is for --json. */
export const checkJobFile = async (call: Call): Promise<number> => {
  const checked = await check(call)
  for (const warning of checked.warnings) call.screen.note(`warning ${warning}`)
  for (const error of checked.errors) call.screen.note(error)
  call.screen.note(checked.valid ? "jobs check passed" : "jobs check failed")
  if (call.screen.isJson) call.screen.json(checked)
  return checked.valid ? 0 : 1
}

const check = async (call: Call): Promise<Checked> => {
  try {
    const { file, warnings } = await openJobFile(call, call.options.text("file"))
    return { file, valid: true, errors: [], warnings }
  } catch (error) {
    if (isSecretError(error) && error.code === "SCHEMA_V1") return failed(error)
    throw error
  }
}

const failed = ({ details }: SecretError): Checked => {
  const { file, errors, count } = details as { file: string; errors: string[]; count: number }
  return { file, valid: false, errors: count > errors.length ? [...errors, `and ${count - errors.length} more`] : errors, warnings: [] }
}
