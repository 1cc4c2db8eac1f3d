import { chmodSync, readdirSync, renameSync, rmdirSync, rmSync, statfsSync, symlinkSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { sameBytes, utf8 } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import type { EnvEntry, EnvFormat, Refusal } from "../envfile/env-format.ts"
import type { AppliedTarget } from "./applied-state.ts"
import { factsOf, GROUP_AND_OTHERS, isOurs, removeFile, syncFolder } from "./careful-file.ts"
import type { DeliveredSecret } from "./delivery.ts"
import { unsafeFile, writing } from "./file-faults.ts"
import { areLinksRight, currentFile, currentVersion, filesIn, LINKS, PRIVATE_FOLDER, putLinks, writeVersion } from "./folder-version.ts"
import { resolveFolder } from "./folder-way.ts"
import type { Form, Survey, SurveyOrder } from "./form.ts"
import { readOrNothing, rendered } from "./rendered.ts"
import type { RunProgram } from "./run-program.ts"
import { assertUntracked } from "./work-tree.ts"

/** statfs(2): tmpfs, ramfs. */
const IN_MEMORY = new Set([0x01021994, 0x858458f6])
/** As long as a file's name may be, `_FILE` and a little more not counted. */
const KEY_MAX_LENGTH = 240
const NAME = /^[A-Za-z_]\w*$/
const OF_A_DELIVERY = /^\.sotto-[0-9a-f]{12}(?:\.\w+)?$/

/**
 * One file for each secret. Each delivery lies in a folder of its own; `current` leads to the one that counts, and `env` and
 * `secrets` lead through it, so that one rename changes all of it and no reader sees half.
 * ```
 * PATH/env      -> current/env          KEY_FILE variables
 * PATH/secrets  -> current/secrets      one file for each key
 * PATH/current  -> .sotto-3fa1c05b77e2
 * ```
 */
export const createFolderForm = (target: AppliedTarget, { run, mayBeOnDisk }: { run: RunProgram; mayBeOnDisk: boolean }): Form => {
  const at = (): string | null => realFolder(target.path)
  const inside = (name: string): string => join(at() ?? target.path, name)
  const secretsOf = (secrets: readonly DeliveredSecret[]): EnvEntry[] => secrets.map(({ key }) => ({ key: `${key}_FILE`, value: join(target.path, "secrets", key) }))
  const wanted = (secrets: readonly DeliveredSecret[], generation: number): ReadonlyMap<string, Uint8Array> =>
    new Map([["env", utf8(rendered(secretsOf(secrets), target.format, generation).text)], ...secrets.map(({ key, value }) => [`secrets/${key}`, utf8(value)] as const)])
  const form: Form = {
    refusedOf: (secrets) => {
      const refused = refusedKeys(secrets)
      const rest = secrets.filter(({ key }) => !refused.some((each) => each.key === key))
      return [...refused, ...rendered(secretsOf(rest), target.format, 0).refused.map(({ key, code }) => ({ key: key.replace(/_FILE$/, ""), code }))]
    },
    survey: async (order) => {
      await assertUntracked(at() ?? target.path, ["env", "secrets", "current", ".sotto-"], run)
      return surveyFolder({ path: target.path, folder: at(), order, format: target.format, mayBeOnDisk, wanted })
    },
    isReplaced: (id) => factsOf(inside(`.sotto-${id}.link`)) === null,
    replace: (id) => moveLink(target.path, inside(`.sotto-${id}.link`), inside("current")),
    restore: (id, hadOld) => {
      if (!hadOld) form.remove(false)
      else if (factsOf(inside(`.sotto-${id}.old`)) !== null) moveLink(target.path, inside(`.sotto-${id}.old`), inside("current"))
    },
    sweep: () => sweep(target.path, at()),
    remove: (isCreated) => removeDelivered(target.path, at(), isCreated),
    variables: () => {
      const env = at() === null ? null : currentFile(at() as string, "env")
      return env === null ? new Map() : readOrNothing(new TextDecoder().decode(env), target.format)
    },
  }
  return form
}

/** null where it is absent. @throws SecretError `unsafe_file` */
const realFolder = (path: string): string | null => {
  const above = resolveFolder(dirname(path))
  const folder = above === null ? null : join(above, basename(path))
  const facts = folder === null ? null : factsOf(folder)
  if (folder === null || facts === null) return null
  if (!facts.isDirectory() || !isOurs(facts)) throw unsafeFile(path, "is no folder of the daemon's user", "Remove it, or choose another path.")
  return folder
}

const refusedKeys = (secrets: readonly DeliveredSecret[]): Refusal[] =>
  secrets.flatMap(({ key, value }): Refusal[] => {
    if (!NAME.test(key)) return [{ key, code: "not_a_variable_name" }]
    if (key.length > KEY_MAX_LENGTH) return [{ key, code: "too_long" }]
    return value.isWellFormed() ? [] : [{ key, code: "unpaired_surrogate" }]
  })

interface FolderSurvey {
  path: string
  folder: string | null
  order: SurveyOrder
  format: EnvFormat
  mayBeOnDisk: boolean
  wanted: (secrets: readonly DeliveredSecret[], generation: number) => ReadonlyMap<string, Uint8Array>
}

const surveyFolder = ({ path, folder, order, format, mayBeOnDisk, wanted }: FolderSurvey): Survey => {
  if (!mayBeOnDisk) assertInMemory(path)
  const names = folder === null ? [] : readdirSync(folder)
  if (!order.isOwn && names.length > 0) throw notEmpty(path)
  const version = folder === null ? null : currentVersion(folder)
  const found = folder === null || version === null ? new Map<string, Uint8Array>() : filesIn(join(folder, version))
  const facts = folder === null ? null : factsOf(folder)
  const isPrivate = facts === null || (facts.mode & GROUP_AND_OTHERS) === 0
  return {
    values: new Map([...found].flatMap(([name, bytes]) => (name.startsWith("secrets/") && !name.endsWith("?") ? [[name.slice("secrets/".length), new TextDecoder().decode(bytes)]] : []))),
    warnings: isPrivate ? [] : [{ key: null, code: "mode_tightened" }],
    isReadOtherwise: !isSameReading(found.get("env"), wanted(order.secrets, 0).get("env"), format),
    isThere: folder !== null,
    hadOld: version !== null,
    isWritten: (generation) => folder !== null && version !== null && isPrivate && areLinksRight(folder) && isSameTree(found, wanted(order.secrets, generation)),
    prepare: (id, generation) => prepare({ path, id, version, files: wanted(order.secrets, generation) }),
    isStale: () => (folder === null ? false : currentVersion(folder) !== version),
  }
}

const notEmpty = (path: string): SecretError =>
  new SecretError("already_exists", `${path} is there already, and the daemon did not write it`, { details: { path }, help: "Empty the folder or choose another path, then deliver again." })

const assertInMemory = (path: string): void => {
  let there = path
  while (factsOf(there) === null && there !== dirname(there)) there = dirname(there)
  if (IN_MEMORY.has(statfsSync(there).type)) return
  throw new SecretError("not_supported", `${path} does not lie in memory`, { details: { path }, help: "Choose a path on tmpfs, such as below /run or /dev/shm, or set mayBeOnDisk for this target." })
}

const isSameTree = (found: ReadonlyMap<string, Uint8Array>, wanted: ReadonlyMap<string, Uint8Array>): boolean =>
  found.size === wanted.size && [...wanted].every(([name, bytes]) => sameBytes(found.get(name) ?? new Uint8Array([0]), bytes) && found.has(name))

/** Whether an app reads the same variables from both. */
const isSameReading = (a: Uint8Array | undefined, b: Uint8Array | undefined, format: EnvFormat): boolean => {
  const [one, other] = [a, b].map((bytes) => readOrNothing(new TextDecoder().decode(bytes), format))
  return JSON.stringify([...(one ?? [])]) === JSON.stringify([...(other ?? [])])
}

interface PrepareOrder {
  path: string
  id: string
  version: string | null
  files: ReadonlyMap<string, Uint8Array>
}

const prepare = ({ path, id, version, files }: PrepareOrder): void =>
  writing(path, () => {
    resolveFolder(path, { isMade: true })
    const folder = realFolder(path) as string
    chmodSync(folder, PRIVATE_FOLDER)
    try {
      writeVersion(join(folder, `.sotto-${id}`), files)
      if (version !== null) symlinkSync(version, join(folder, `.sotto-${id}.old`))
      putLinks(folder, id)
      symlinkSync(`.sotto-${id}`, join(folder, `.sotto-${id}.link`))
      syncFolder(folder)
    } catch (error) {
      sweep(path, folder)
      throw error
    }
  })

const moveLink = (path: string, link: string, to: string): void =>
  writing(path, () => {
    if (factsOf(to)?.isDirectory() === true) rmSync(to, { recursive: true })
    renameSync(link, to)
    syncFolder(dirname(to))
  })

const sweep = (path: string, folder: string | null): number =>
  writing(path, () => {
    if (folder === null) return 0
    const version = currentVersion(folder)
    const left = readdirSync(folder).filter((name) => OF_A_DELIVERY.test(name) && name !== version)
    for (const name of left) rmSync(join(folder, name), { recursive: true })
    if (left.length > 0) syncFolder(folder)
    return left.length
  })

/** `current` first: with it everything is gone for readers at once. */
const removeDelivered = (path: string, folder: string | null, isCreated: boolean): void =>
  writing(path, () => {
    if (folder === null) return
    for (const name of ["current", ...Object.keys(LINKS)]) {
      if (factsOf(join(folder, name))?.isDirectory() === true) rmSync(join(folder, name), { recursive: true })
      else removeFile(join(folder, name))
    }
    sweep(path, folder)
    if (!isCreated || readdirSync(folder).length > 0) return
    rmdirSync(folder)
    syncFolder(dirname(folder))
  })
