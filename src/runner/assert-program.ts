import { accessSync, constants, lstatSync, realpathSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { SecretError } from "../base/errors.ts"
import { notStarted } from "./run-plain.ts"

const OTHERS_WRITE = 0o022
const ALL_WRITE = 0o002
const STICKY = 0o1000

/**
 * A program that nobody else can change or replace: a link may be turned elsewhere, and a file that others can write is whatever
 * they want it to be. @returns its path as it was given: programs such as busybox go by the name that they are called by
 * @throws SecretError `invalid_argument`, `unsafe_file`, `command_not_started`
 */
export const assertProgram = (program: string): string => {
  if (!program.startsWith("/")) throw new SecretError("invalid_argument", "a program is named by its absolute path")
  try {
    const file = realpathSync(program)
    const { mode, uid } = statSync(file)
    accessSync(file, constants.X_OK)
    const isSafe = (mode & OTHERS_WRITE) === 0 && isOurs(uid) && isOurs(lstatSync(program).uid) && [...foldersAbove(program), ...foldersAbove(file)].every(isKeptFolder)
    if (!isSafe) throw new SecretError("unsafe_file", "the program can be changed by others, so it is given no secret")
    return program
  } catch (error) {
    throw error instanceof SecretError ? error : notStarted((error as NodeJS.ErrnoException).code)
  }
}

const isOurs = (uid: number): boolean => uid === 0 || uid === process.getuid?.()

const foldersAbove = (path: string): string[] => {
  const folder = dirname(path)
  return folder === path ? [] : [folder, ...foldersAbove(folder)]
}

/** Nobody else can put another file in the place of one in it: it is not open to all, or the sticky bit keeps what is another's. */
const isKeptFolder = (folder: string): boolean => {
  const { mode, uid } = statSync(folder)
  return isOurs(uid) && ((mode & ALL_WRITE) === 0 || (mode & STICKY) !== 0)
}
