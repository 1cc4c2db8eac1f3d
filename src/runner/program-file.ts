import { accessSync, constants, lstatSync, readlinkSync, statSync } from "node:fs"
import { isAbsolute, join } from "node:path"
import { SecretError } from "../base/errors.ts"
import { notStarted } from "./run-plain.ts"

const GROUP_OR_OTHERS_WRITE = 0o022
const OTHERS_WRITE = 0o002
/** In such a folder nobody moves what is another's. */
const STICKY = 0o1000
/** As the kernel's own limit. */
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
    assertWay(program)
  } catch (error) {
    throw error instanceof SecretError ? error : notStarted((error as NodeJS.ErrnoException).code)
  }
}

const isOurs = (uid: number): boolean => uid === 0 || uid === process.getuid?.()

const unsafe = (): SecretError =>
  new SecretError("unsafe_file", "the program can be changed by others, so it is given no secret", {
    help: "Only root or you may own it and the folders that it lies in; nobody else may write to it.",
  })

/** Goes the way that the kernel goes, path_resolution(7): every folder that a name is looked up in, and every link that is followed. */
const assertWay = (program: string): void => {
  let folder = "/"
  const names = namesIn(program)
  for (let links = 0; names.length > 0; ) {
    assertFolder(folder)
    const path = join(folder, names.shift() as string)
    const { uid, isLink } = linkAt(path)
    if (!isLink) {
      folder = path
      continue
    }
    if (!isOurs(uid)) throw unsafe()
    if (++links > LINKS_MAX) throw notStarted("ELOOP")
    const target = readlinkSync(path)
    if (isAbsolute(target)) folder = "/"
    names.unshift(...namesIn(target))
  }
}

const namesIn = (path: string): string[] => path.split("/").filter((name) => name !== "" && name !== ".")

const linkAt = (path: string): { uid: number; isLink: boolean } => {
  const facts = lstatSync(path)
  return { uid: facts.uid, isLink: facts.isSymbolicLink() }
}

const assertFolder = (folder: string): void => {
  const { mode, uid } = lstatSync(folder)
  if (!isOurs(uid) || ((mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0)) throw unsafe()
}
