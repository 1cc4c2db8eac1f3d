import type * as Yaml from "yaml"
import type { LineCounter, Node, Pair, Scalar, YAMLError, YAMLMap, YAMLSeq } from "yaml"
import type { Faults, Place } from "./faults.ts"

/** A part of a YAML file that says no more than JSON could, each with its place. */
export type Tree = { place: Place } & (
  | { kind: "text"; text: string }
  | { kind: "literal"; value: unknown }
  | { kind: "list"; items: readonly Tree[] }
  | { kind: "map"; entries: ReadonlyMap<string, Tree> }
)

const MAX_DEPTH = 12

/** What the file holds, or null where that cannot be told; `faults` then says why. */
export const parseTree = async (text: string, file: string, faults: Faults): Promise<Tree | null> => {
  const yaml = await import("yaml")
  const lines = new yaml.LineCounter()
  const root: Place = { file, line: 1, path: [] }
  if (/[\0-\x08\x0b\x0c\x0e-\x1f]/.test(text)) {
    faults.add(root, "remove the control characters")
    return null
  }
  const document = isDeep(text) ? null : attempt(() => yaml.parseDocument(text, { schema: "core", merge: false, prettyErrors: false, stringKeys: true, uniqueKeys: false, lineCounter: lines, logLevel: "error" }))
  if (document === null) {
    faults.add(root, `nest no deeper than ${MAX_DEPTH} levels`)
    return null
  }
  for (const error of document.errors) faults.add({ ...root, line: lineAt(lines, error.pos[0]) }, fixOf(error))
  if (document.errors.length > 0) return null
  return document.contents === null ? { kind: "map", entries: new Map(), place: root } : new Reader(yaml, lines, faults).read(document.contents, root)
}

const BRACKETS = /[[{]/g

/** The parser goes down with every bracket: a file of nothing else would exhaust its stack. */
const isDeep = (text: string): boolean => text.split("\n").some((line) => (line.match(BRACKETS)?.length ?? 0) > 1_000)

const attempt = <T>(work: () => T): T | null => {
  try {
    return work()
  } catch {
    return null // a stack that was too small: what it says may hold text of the file
  }
}

const lineAt = (lines: LineCounter, offset: number): number => Math.max(1, lines.linePos(offset).line)

/** What an environment, an argument and JSON can hold. */
const isClean = (text: string): boolean => text.isWellFormed() && !text.includes("\0")

const FIXES: Partial<Record<YAMLError["code"], string>> = {
  NON_STRING_KEY: "write every key as text",
  MULTIPLE_DOCS: "keep one document in the file",
  TAB_AS_INDENT: "indent with spaces",
  MISSING_CHAR: "close what is open, or add the missing blank or quote",
  BAD_ALIAS: "write the value out: anchors and aliases are not read",
  MULTIPLE_ANCHORS: "write the value out: anchors and aliases are not read",
  TAG_RESOLVE_FAILED: "remove the tag",
  MULTIPLE_TAGS: "remove the tags",
}

const fixOf = ({ code }: YAMLError): string => FIXES[code] ?? "write valid YAML"

class Reader {
  readonly #yaml: typeof Yaml
  readonly #lines: LineCounter
  readonly #faults: Faults

  constructor(yaml: typeof Yaml, lines: LineCounter, faults: Faults) {
    this.#yaml = yaml
    this.#lines = lines
    this.#faults = faults
  }

  /** The place is that of the key or dash before it. */
  read(node: Node | null, place: Place): Tree | null {
    if (node === null) return { kind: "literal", value: null, place }
    if (!this.#isPlain(node, place)) return null
    if (this.#yaml.isMap(node)) return this.#readMap(node, place)
    if (this.#yaml.isSeq(node)) return this.#readList(node, place)
    const { value } = node as Scalar
    if (typeof value === "string" && !isClean(value)) return this.#refuse(place, "remove the character NUL, and escapes that make no character")
    return typeof value === "string" ? { kind: "text", text: value, place } : { kind: "literal", value, place }
  }

  #isPlain(node: Node, place: Place): boolean {
    const { anchor, tag } = node
    const fix =
      anchor !== undefined || this.#yaml.isAlias(node) ? "write the value out: anchors and aliases are not read"
      : tag !== undefined ? "remove the tag"
      : place.path.length > MAX_DEPTH ? `nest no deeper than ${MAX_DEPTH} levels`
      : null
    if (fix !== null) this.#faults.add({ ...place, line: this.#lineOf(node) ?? place.line }, fix)
    return fix === null
  }

  #refuse(place: Place, fix: string): null {
    this.#faults.add(place, fix)
    return null
  }

  #readMap(node: YAMLMap, place: Place): Tree {
    const entries = new Map<string, Tree>()
    for (const { key, value } of node.items as Pair<Scalar<string>, Node | null>[]) {
      const at: Place = { ...place, line: this.#lineOf(key) ?? place.line, path: [...place.path, key.value] }
      if (entries.has(key.value)) this.#faults.add(at, "keep one of the keys that are written twice")
      if (key.value === "<<") this.#faults.add(at, "write the keys out: merge keys are not read")
      else if (!this.#isPlain(key, at)) continue
      const read = this.read(value, at)
      if (read !== null && key.value !== "<<") entries.set(key.value, read)
    }
    return { kind: "map", entries, place }
  }

  #readList(node: YAMLSeq, place: Place): Tree {
    const items = (node.items as (Node | null)[]).flatMap((item, i) => {
      const line = (item === null ? null : this.#lineOf(item)) ?? place.line
      return this.read(item, { ...place, line, path: [...place.path, String(i)] }) ?? []
    })
    return { kind: "list", items, place }
  }

  #lineOf(node: Node): number | null {
    const [start] = node.range ?? []
    return start === undefined ? null : lineAt(this.#lines, start)
  }
}
