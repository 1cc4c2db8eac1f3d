import { accessSync, constants, statSync } from "node:fs"
import { delimiter, join } from "node:path"
import { SecretError } from "../base/errors.ts"

/** As shells say it. */
export const NOT_FOUND = 127
export const NOT_EXECUTABLE = 126

/**
 * The program that a name stands for, looked for as execvp(3) does, so that what is wrong is known before a child is made.
 * @throws SecretError `command_not_started` with `details.exitCode` 126 or 127
 */
export const findCommand = (command: string, env: Readonly<Record<string, string | undefined>>): string => {
  const paths = command.includes("/") ? [command] : (env.PATH ?? "/usr/local/bin:/usr/bin:/bin").split(delimiter).map((folder) => join(folder || ".", command))
  const files = paths.filter(isFile)
  const found = files.find(isExecutable)
  if (found !== undefined) return found
  const exitCode = files.length > 0 ? NOT_EXECUTABLE : NOT_FOUND
  throw new SecretError("command_not_started", exitCode === NOT_FOUND ? "there is no such command" : "the command is not executable", {
    details: { exitCode },
    help: "Write the command behind --, as the shell would find it: sotto run -- npm test",
  })
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
