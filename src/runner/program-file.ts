import { accessSync, constants, lstatSync, readlinkSync, realpathSync, statSync } from "node:fs"
import { dirname, isAbsolute, resolve } from "node:path"
import { SecretError } from "../base/errors.ts"
import { notStarted } from "./run-plain.ts"

const GROUP_OR_OTHERS_WRITE = 0o022
const OTHERS_WRITE = 0o002
/** In such a folder nobody moves what is another's. */
const STICKY = 0o1000
/** path_resolution(7) */
const LINKS_MAX = 40

/**
 * Refuses a program that somebody else could put another in the place of: its file, the links that lead to it, and every folder
 * on the way. The program is run by the name it was given all the same, for some go by the name that they are called by.
 * @throws SecretError `invalid_argument`, `unsafe_file`, `command_not_started`
 */
export const assertProgram = (program: string): void => {
  if (!isAbsolute(program) || program.includes("\0")) throw new SecretError("invalid_argument", "a program is named by its absolute path")
  try {
    const file = statSync(program)
    if (!file.isFile()) throw notStarted("EACCES")
    accessSync(program, constants.X_OK)
    if ((file.mode & GROUP_OR_OTHERS_WRITE) !== 0 || !isOurs(file.uid)) throw unsafe()
    for (const path of namesOf(program)) assertFolders(path)
  } catch (error) {
    throw error instanceof SecretError ? error : notStarted((error as NodeJS.ErrnoException).code)
  }
}

const isOurs = (uid: number): boolean => uid === 0 || uid === process.getuid?.()

const unsafe = (): SecretError =>
  new SecretError("unsafe_file", "the program can be changed by others, so it is given no secret", {
    help: "Only root or you may own it and the folders that it lies in; nobody else may write to it.",
  })

/** The name, and what each link on the way stands for. */
const namesOf = (program: string): string[] => {
  const names = [program]
  for (let at = program; names.length <= LINKS_MAX && lstatSync(at).isSymbolicLink(); names.push(at)) at = resolve(dirname(at), readlinkSync(at))
  return names
}

const assertFolders = (path: string): void => {
  for (const start of [dirname(path), realpathSync(dirname(path))])
    for (let folder = start; ; folder = dirname(folder)) {
      const { mode, uid } = statSync(folder)
      if (!isOurs(uid) || ((mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0)) throw unsafe()
      if (folder === dirname(folder)) break
    }
}
