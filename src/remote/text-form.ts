import { readdirSync, rmSync, type Stats } from "node:fs"
import { basename, dirname, join } from "node:path"
import { sameBytes, utf8 } from "../base/bytes.ts"
import type { EnvFormat } from "../envfile/env-format.ts"
import type { AppliedTarget } from "./applied-state.ts"
import {
  factsOf, GROUP_AND_OTHERS, isOurs, isSameFile, keepBeside, readPlainFile, removeFile, renameFile, replaceFile, shortenFile, syncFolder, textOf, writeNewFile,
  type NewFileOptions, type ReadFile,
} from "./careful-file.ts"
import { writing } from "./file-faults.ts"
import { resolveFolder } from "./folder-way.ts"
import type { DeliveryWarning, Form, SurveyOrder } from "./form.ts"
import { readOrNothing, rendered } from "./rendered.ts"
import type { RunProgram } from "./run-program.ts"
import { assertUntracked } from "./work-tree.ts"

/** For a temporary name that no journal knows. */
const NO_ID = "0".repeat(12)

/** Which part of a file is the daemon's. */
export interface TextShape {
  /** True where it is all of it. */
  isWhole: boolean
  /** What stands there, with this in place of the daemon's part; null takes that part away. */
  compose(current: string | null, own: string | null): string
  /** null where the daemon has no part in it. */
  own(text: string): string | null
  /** @throws SecretError `already_exists` where the daemon may not write there */
  assertMayWrite(path: string, isOwn: boolean): void
  /** What the other lines have to say about these keys. */
  warningsOf(current: string, order: SurveyOrder): DeliveryWarning[]
  /** How the new file is made. */
  options(old: Stats | null): NewFileOptions
  /** @throws SecretError where the other lines and the daemon's would be read otherwise than apart */
  assertReadable(whole: string, order: SurveyOrder): void
}

/** A delivery as text in one file, replaced as a whole. */
export const createTextForm = (target: AppliedTarget, shape: TextShape, run: RunProgram): Form => {
  const file = createBesides(target.path)
  const { format } = target
  const text = (found: ReadFile | null): string | null => (found === null ? null : decoded(target.path, found, shape))
  return {
    refusedOf: (secrets) => rendered(secrets, format, 0).refused,
    survey: async (order) => {
      await assertUntracked(file.folder() ?? dirname(target.path), [file.name, file.named(NO_ID, "new"), file.named(NO_ID, "old")], run)
      const found = file.read()
      if (found !== null) shape.assertMayWrite(target.path, order.isOwn)
      const current = text(found)
      const wanted = (generation: number): Uint8Array => {
        const whole = shape.compose(current, rendered(order.secrets, format, generation).text)
        shape.assertReadable(whole, order)
        return utf8(whole)
      }
      return {
        values: valuesIn(current, shape, format),
        warnings: [...shape.warningsOf(current ?? "", order), ...tightened(found)],
        isReadOtherwise: false,
        isThere: found !== null,
        hadOld: found !== null,
        isWritten: (generation) => found !== null && isPrivate(found.facts) && sameBytes(found.bytes, wanted(generation)),
        prepare: (id, generation) => file.prepare(id, wanted(generation), found === null ? null : found.facts, shape.options(found?.facts ?? null)),
        isStale: () => !isSameState(factsOf(file.path()), found?.facts ?? null),
      }
    },
    isReplaced: (id) => factsOf(file.beside(id, "new")) === null,
    replace: (id) => file.put(file.beside(id, "new")),
    restore: (id, hadOld) => restore({ file, shape, path: target.path, id, hadOld }),
    sweep: () => file.sweep(),
    remove: (isCreated) => remove({ file, shape, path: target.path, isCreated }),
    variables: () => valuesIn(text(file.read()), shape, format),
  }
}

/** Of the variables in the daemon's part, what an app reads from the whole: another line may count instead. */
const valuesIn = (current: string | null, shape: TextShape, format: EnvFormat): ReadonlyMap<string, string> => {
  const own = current === null ? null : shape.own(current)
  if (current === null || own === null) return new Map()
  const [inPart, inWhole] = [readOrNothing(own, format), readOrNothing(current, format)]
  return new Map([...inPart].map(([key, value]) => [key, inWhole.get(key) ?? value]))
}

/** Of its own file the daemon writes every byte anew, so that it may hold anything by now. */
const decoded = (path: string, { bytes }: ReadFile, shape: TextShape): string => (shape.isWhole ? new TextDecoder().decode(bytes) : textOf(path, bytes))

const isPrivate = (facts: Stats): boolean => (facts.mode & GROUP_AND_OTHERS) === 0

const tightened = (found: ReadFile | null): DeliveryWarning[] => (found === null || isPrivate(found.facts) ? [] : [{ key: null, code: "mode_tightened" }])

const isSameState = (a: Stats | null, b: Stats | null): boolean => (a === null || b === null ? a === b : isSameFile(a, b))

type Besides = ReturnType<typeof createBesides>

/** A file, and the temporary ones of its name in its folder. */
const createBesides = (path: string) => {
  const name = basename(path)
  const named = (id: string, role: "new" | "old"): string => `${name}.sotto-${id}.${role}`
  const isTemporary = (each: string): boolean => each.startsWith(`${name}.sotto-`) && /^[0-9a-f]{12}\.(?:new|old)$/.test(each.slice(name.length + ".sotto-".length))
  const folder = (): string | null => resolveFolder(dirname(path))
  const inFolder = (each: string): string => join(folder() ?? dirname(path), each)
  const real = (): string => inFolder(name)
  const beside = (id: string, role: "new" | "old"): string => inFolder(named(id, role))
  const sweep = (): number => {
    const at = folder()
    if (at === null) return 0
    const left = readdirSync(at).filter((each) => isTemporary(each)).map((each) => join(at, each)).filter((each) => isOwnFile(each))
    for (const each of left) rmSync(each, { force: true }) // one that a power cut brings back is swept at the next start
    return left.length
  }
  return {
    name, named, folder, beside, sweep,
    path: real,
    read: (): ReadFile | null => (folder() === null ? null : readPlainFile(real())),
    put: (temp: string): void => renameFile(temp, real()),
    prepare: (id: string, bytes: Uint8Array, old: Stats | null, options: NewFileOptions): void =>
      writing(path, () => {
        const at = resolveFolder(dirname(path), { isMade: true }) as string
        writeNewFile(join(at, named(id, "new")), bytes, options)
        try {
          if (old !== null) keepBeside(join(at, name), join(at, named(id, "old")))
          syncFolder(at)
        } catch (error) {
          sweep()
          throw error
        }
      }),
  }
}

const isOwnFile = (path: string): boolean => {
  const facts = factsOf(path)
  return facts !== null && facts.isFile() && isOurs(facts)
}

interface RestoreOrder {
  file: Besides
  shape: TextShape
  path: string
  id: string
  hadOld: boolean
}

/** The old file comes back as it was; where somebody wrote other lines meanwhile, theirs stay and the daemon's part comes back. */
const restore = ({ file, shape, path, id, hadOld }: RestoreOrder): void => {
  const kept = file.beside(id, "old")
  if (hadOld && shape.isWhole && factsOf(kept) !== null) return file.put(kept)
  const old = hadOld ? readPlainFile(kept) : null
  if (hadOld && old === null) return // it came back already
  if (old === null) return remove({ file, shape, path, isCreated: true })
  const current = file.read()
  const oldText = decoded(kept, old, shape)
  const currentText = current === null ? null : decoded(path, current, shape)
  if (current === null || currentText === null || shape.compose(oldText, shape.own(currentText)) === currentText) return file.put(kept)
  rewrite({ file, shape, temp: file.beside(id, "new"), facts: current.facts }, shape.compose(currentText, shape.own(oldText)))
  removeFile(kept)
}

/** Of a file that is the daemon's, its name is removed whatever stands there by now; of another, the daemon's part. */
const remove = ({ file, shape, path, isCreated }: Omit<RestoreOrder, "id" | "hadOld"> & { isCreated: boolean }): void => {
  if (file.folder() === null) return
  if (shape.isWhole) return removeFile(file.path())
  const found = file.read()
  const text = found === null ? null : textOf(path, found.bytes)
  if (found === null || text === null || shape.own(text) === null) return
  const rest = shape.compose(text, null)
  if (rest === "" && isCreated) return removeFile(file.path())
  try {
    rewrite({ file, shape, temp: file.beside(NO_ID, "new"), facts: found.facts }, rest)
  } catch (error) {
    if (!text.startsWith(rest)) throw error
    shortenFile(file.path(), utf8(rest).length) // a full disk keeps no secret
  }
}

/** One that was killed here may have left its temporary file. */
const rewrite = ({ file, shape, temp, facts }: { file: Besides; shape: TextShape; temp: string; facts: Stats }, text: string): void => {
  removeFile(temp)
  replaceFile(file.path(), utf8(text), temp, shape.options(facts))
}
