import { mkdirSync, renameSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { array, boolean, enum as oneOf, int, literal, nonnegative, nullable, object, string, type infer as Infer } from "zod/mini"
import { SecretError } from "../base/errors.ts"
import { sameBytes, utf8 } from "../base/bytes.ts"
import { ENV_FORMATS } from "../envfile/env-format.ts"
import { factsOf, GROUP_AND_OTHERS, isOurs, readPlainFile, removeFile, renameFile, syncFolder, textOf, writeNewFile } from "./careful-file.ts"
import { unsafeFile, writing } from "./file-faults.ts"
import { resolveFolder } from "./folder-way.ts"

const target = object({ format: oneOf(ENV_FORMATS), mode: oneOf(["file", "block", "folder"]), path: string() })

const applied = object({
  v: literal(1),
  /** Of the last delivery that stands; 0 before the first. */
  generation: int().check(nonnegative()),
  /** Of the delivery that wrote last: the file names it. */
  writtenIn: int().check(nonnegative()),
  /** Where it stands; null where nothing does. */
  target: nullable(target),
  /** True where the file, or the folder, was not there before the daemon. */
  isCreated: boolean(),
  secrets: array(object({ key: string(), version: int() })),
  /** True from the end of a lease to the next delivery. */
  isWiped: boolean(),
})

/** What is delivered, by name: no value and nothing that a value could be guessed from. */
export type AppliedState = Infer<typeof applied>
export type AppliedTarget = Infer<typeof target>

const journal = object({
  v: literal(1),
  /** `apply`: the new stands beside the target or in its place already. `restore`: the old is to come back. `wipe`: nothing may stay. */
  act: oneOf(["apply", "restore", "wipe"]),
  /** Of the temporary names. */
  id: string(),
  target,
  /** False where nothing stood there before. */
  hadOld: boolean(),
  /** As in the state. */
  isCreated: boolean(),
  isRestartOwed: boolean(),
  /** Once it is done. */
  next: applied,
})

/** What is under way, written before anything is replaced: from it a later process ends what this one began. */
export type Journal = Infer<typeof journal>

export const NOTHING_APPLIED: AppliedState = { v: 1, generation: 0, writtenIn: 0, target: null, isCreated: false, secrets: [], isWiped: false }

export interface StateFiles {
  /** @throws SecretError `unsafe_file` */
  readState(): AppliedState
  /** Lays the next state beside the one that counts, so that `writeState` of it needs no room on the disk. */
  readyState(state: AppliedState): void
  /** Writes nothing where the state says so already. */
  writeState(state: AppliedState): void
  readJournal(): Journal | null
  writeJournal(journal: Journal): void
  /** With it goes what was laid ready. */
  removeJournal(): void
  /** Both in one step on the disk: the state says so, and nothing is under way. */
  writeStateAndEnd(state: AppliedState): void
}

/** `state.json` and `journal.json` in a folder of the daemon's own, 0700; the files 0600. The folder is made with the first write. */
export const createStateFiles = (folder: string): StateFiles => {
  const state = join(folder, "state.json")
  const underWay = join(folder, "journal.json")
  const ready = (path: string, value: AppliedState | Journal): void => {
    makeStateFolder(folder)
    const bytes = bytesOf(value)
    const found = readPlainFile(`${path}.new`)
    if (found !== null && sameBytes(found.bytes, bytes)) return
    removeFile(`${path}.new`)
    writing(path, () => writeNewFile(`${path}.new`, bytes))
  }
  const write = (path: string, value: AppliedState | Journal): void => {
    const found = readPlainFile(path)
    if (found !== null && sameBytes(found.bytes, bytesOf(value))) return
    ready(path, value)
    renameFile(`${path}.new`, path)
  }
  const read = <T>(path: string, parse: (value: unknown) => T): T | null => {
    if (factsOf(folder) === null) return null
    assertStateFolder(folder)
    const found = readPlainFile(path)
    return found === null ? null : parsed(path, textOf(path, found.bytes), parse)
  }
  return {
    readState: () => read(state, (value) => applied.parse(value)) ?? NOTHING_APPLIED,
    readyState: (next) => ready(state, next),
    writeState: (next) => write(state, next),
    readJournal: () => read(underWay, (value) => journal.parse(value)),
    writeJournal: (next) => write(underWay, next),
    removeJournal: () => {
      for (const path of [underWay, `${underWay}.new`, `${state}.new`]) removeFile(path)
    },
    writeStateAndEnd: (next) => {
      ready(state, next)
      writing(state, () => endIn(folder, { state, underWay }))
    },
  }
}

/** What was laid ready takes its place, and the journal goes: one flush of the folder for both. */
const endIn = (folder: string, { state, underWay }: { state: string; underWay: string }): void => {
  renameSync(`${state}.new`, state)
  for (const path of [underWay, `${underWay}.new`]) rmSync(path, { force: true })
  syncFolder(folder)
}

const bytesOf = (value: AppliedState | Journal): Uint8Array => utf8(`${JSON.stringify(value)}\n`)

const parsed = <T>(path: string, text: string, parse: (value: unknown) => T): T => {
  try {
    return parse(JSON.parse(text))
  } catch {
    throw unsafeFile(path, "is not what the daemon wrote", "See what was delivered, remove it and this file, then deliver again.")
  }
}

/** @throws SecretError `unsafe_file`, `file_not_written` */
export const makeStateFolder = (folder: string): void => {
  resolveFolder(dirname(folder), { isMade: true })
  writing(folder, () => {
    if (factsOf(folder) !== null) return
    mkdirSync(folder, { mode: 0o700 })
    syncFolder(dirname(folder))
  })
  assertStateFolder(folder)
}

const assertStateFolder = (folder: string): void => {
  const facts = factsOf(folder)
  if (facts?.isDirectory() === true && isOurs(facts) && (facts.mode & GROUP_AND_OTHERS) === 0) return
  throw new SecretError("unsafe_file", `the state folder ${folder} is not the daemon's alone`, { details: { path: folder }, help: `Run: chmod 700 '${folder}', as the user that runs the daemon.` })
}
