import { SecretError } from "../base/errors.ts"
import type { EnvFormat } from "./env-format.ts"
import { readEnvFile } from "./read-env-file.ts"

const BEGIN = "# sotto begin: lines up to the end mark are replaced as a whole"
/** The same, behind a line that had no end: the line feed before the mark is the block's, and goes with it. */
const BEGIN_JOINED = `${BEGIN} (and so is the line end before this one)`
const END = "# sotto end"

const HELP = "Put the two marks back as they were, or delete them and the lines between them; then deliver again."

interface Block {
  before: string
  /** Between the marks: whole lines. */
  inside: string
  after: string
}

/**
 * The lines between the marks, as they stand.
 * @returns null for a file without a block
 * @throws SecretError `invalid_argument` where marks are damaged, alone or doubled: nobody can tell what is whose
 */
export const readBlock = (fileText: string): string | null => findBlock(fileText)?.inside ?? null

/** The file without its block; every other line is byte for byte as it was. @throws SecretError `invalid_argument`, as `readBlock` */
export const removeBlock = (fileText: string): string => {
  const block = findBlock(fileText)
  return block === null ? fileText : block.before + block.after
}

/**
 * The file with a block of these lines in place of the one it had. It stands last, since all readers of our formats take the
 * last of two variables of a name. (Deno takes the first: see `keysOutside`.)
 * @param blockText whole lines, or nothing
 * @throws SecretError `invalid_argument`, as `readBlock`; also where a line of the block reads like a mark
 */
export const putBlock = (fileText: string, blockText: string): string => {
  const outside = removeBlock(fileText)
  if (marksOf(blockText).length > 0)
    throw new SecretError("invalid_argument", "a value has a line that reads like a mark of the block that it would stand in", { help: "Deliver to a file of its own." })
  const isJoined = outside !== "" && !outside.endsWith("\n")
  const lines = blockText === "" || blockText.endsWith("\n") ? blockText : `${blockText}\n`
  return `${outside}${isJoined ? `\n${BEGIN_JOINED}` : BEGIN}\n${lines}${END}\n`
}

/**
 * Keys that the file gives outside of its block, by the format's reader. One of them that the block gives too is a variable of
 * two owners: the block, which stands last, wins in the readers of all formats, and the other line in Deno.
 * @returns null where that reader cannot make out what stands outside
 * @throws SecretError `not_supported` for JSON, which has no comments and so no blocks; `invalid_argument`, as `readBlock`
 */
export const keysOutside = (fileText: string, format: EnvFormat): string[] | null => {
  if (format === "json") throw new SecretError("not_supported", "a JSON file has no place for a block", { help: "Deliver JSON to a file of its own." })
  return readEnvFile(removeBlock(fileText), format)?.map(({ key }) => key) ?? null
}

interface Mark {
  line: string
  lineEnd: string
  start: number
  /** Behind its line end. */
  end: number
}

/** Whatever begins like a mark, so that a damaged one is noticed. */
const MARK = /(?<![^\n])([ \t\ufeff]*#[ \t]*sotto[ \t]+(?:begin|end)\b[^\n]*?)(\r?\n|\r?$)/g

const marksOf = (text: string): Mark[] =>
  [...text.matchAll(MARK)].map(({ 0: whole, 1: line = "", 2: lineEnd = "", index }) => ({ line, lineEnd, start: index, end: index + whole.length }))

const findBlock = (text: string): Block | null => {
  const marks = marksOf(text)
  if (marks.length === 0) return null
  const [begin, end] = marks
  const isWhole = marks.length === 2 && (begin?.line === BEGIN || begin?.line === BEGIN_JOINED) && end?.line === END
  if (!isWhole) throw new SecretError("invalid_argument", "the marks of the block in this file are damaged, alone or doubled", { help: HELP })
  const before = text.slice(0, begin.start)
  const after = text.slice(end.end)
  // Lines that someone wrote behind the block need that line end now. An editor may have made it CRLF, as that of the mark.
  const isOurs = begin.line === BEGIN_JOINED && after === "" && before.endsWith(begin.lineEnd)
  return { before: isOurs ? before.slice(0, -begin.lineEnd.length) : before, inside: text.slice(begin.end, end.start), after }
}
