import { isSecretError, SecretError } from "../base/errors.ts"
import type { Environment } from "./command.ts"
import { EXIT_CODES } from "./exit-codes.ts"
import type { Screen } from "./screen.ts"
import { visible } from "./visible.ts"

/** Says on stderr what went wrong. @returns the exit code */
export const reportError = (error: unknown, screen: Screen, env: Environment): number => {
  const failure = asSecretError(error)
  const { code, message, help } = failure
  if (screen.isJson) screen.note(JSON.stringify({ error: { code, message, ...(help !== undefined && { help }) } }))
  else screen.note(visible(help === undefined ? `error: ${message}` : `error: ${message}\nhelp: ${help}`)) // a server may have said it
  if (env.SOTTO_DEBUG === "1") screen.note(traceOf(error))
  return EXIT_CODES[code]
}

/** What is not ours may hold anything in its message: only its code, such as ENOSPC, is passed on. */
const asSecretError = (error: unknown): SecretError => {
  if (isSecretError(error)) return error
  const code = (error as { code?: unknown } | null)?.code
  const known = typeof code === "string" && /^[A-Z0-9_]+$/.test(code) ? FILE_ERRORS[code] : undefined
  if (known !== undefined) return new SecretError("invalid_argument", known)
  const suffix = typeof code === "string" && /^[A-Z0-9_]+$/.test(code) ? ` (${code})` : ""
  return new SecretError("internal", `Sotto itself failed${suffix}`, { help: "Set SOTTO_DEBUG=1 to see where." })
}

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "the file cannot be opened: permission denied",
  EISDIR: "this is a folder, not a file",
  ENOTDIR: "a part of the path is not a folder",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
}

/** Where it was thrown, and what caused it, without the messages: those may hold anything. */
const traceOf = (error: unknown): string => {
  if (!(error instanceof Error)) return ""
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line))
  return [error.name, ...frames, ...(error.cause === undefined ? [] : ["caused by:", traceOf(error.cause)])].join("\n")
}
