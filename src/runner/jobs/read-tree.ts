import type * as YamlModule from "yaml"
import type { CST, Document, LineCounter, Node, ParsedNode } from "yaml"
import { pointerTo, type Faults, type Place } from "./job-faults.ts"

/** A file as a tree: what YAML can say beyond this has been refused. */
export type JobNode =
  | { kind: "map"; at: Place; entries: readonly JobEntry[] }
  | { kind: "list"; at: Place; items: readonly JobNode[] }
  | { kind: "text"; at: Place; value: string }
  | { kind: "flag"; at: Place; value: boolean }
  /** A number or nothing, which no place of the grammar takes. */
  | { kind: "other"; at: Place }
  /** Has been told already. */
  | { kind: "faulty"; at: Place }

export interface JobEntry {
  key: string
  /** Of the key. */
  at: Place
  value: JobNode
}

type Yaml = typeof YamlModule

const MAX_DEPTH = 32
/** Pieces of text that YAML tells apart; the parser's time grows with them. */
const MAX_PIECES = 200_000

/** null where it cannot be read as a tree; then a fault has been added. */
export const readTree = async (text: string, file: string, faults: Faults): Promise<JobNode | null> => {
  const yaml = await import("yaml")
  const lines = new yaml.LineCounter()
  const whole: Place = { pointer: "/", file, line: 1 }
  const placeAt = (offset: number, path: readonly (string | number)[] = []): Place => ({ pointer: pointerTo(path), file, line: lineOf(lines, offset) })
  const tokens = tokensOf(yaml, text, lines)
  if (typeof tokens === "string") {
    faults.add(whole, tokens)
    return null
  }
  for (const { offset } of tokens.filter(({ type }) => type === "directive") as { offset: number }[]) faults.add(placeAt(offset), "remove the line that begins with %")
  const [document, ...others] = new yaml.Composer({ schema: "core", version: "1.2", merge: false, uniqueKeys: false, logLevel: "silent" }).compose(tokens, true, text.length)
  if (document === undefined) return null
  for (const { code, pos } of document.errors) faults.add(placeAt(pos[0]), SYNTAX[code] ?? "write YAML that can be read here")
  for (const other of others) faults.add(placeAt(other.range[0]), "keep one document in a file")
  return document.errors.length > 0 ? null : treeOf(yaml, document, { faults, placeAt })
}

/** What a library says may quote the file: these words are ours. */
const SYNTAX: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "indent with spaces, not with tabs",
  BAD_INDENT: "indent this line as its neighbours",
  BAD_DQ_ESCAPE: "use single quotes, or an escape that YAML knows",
  MISSING_CHAR: "close the quote or the bracket, or add the missing colon",
  MULTILINE_IMPLICIT_KEY: "put the key and its colon on one line",
  BLOCK_AS_IMPLICIT_KEY: "put what follows the colon on lines of its own, or into quotes",
  BAD_SCALAR_START: "put text that begins with a sign into quotes",
  MULTIPLE_DOCS: "keep one document in a file",
}

const lineOf = (lines: LineCounter, offset: number): number => Math.max(lines.linePos(offset).line, 1)

/** Everything that the parser sees, unless it is too much: then the fix. Its depth is bounded before anything recurses over it. */
const tokensOf = ({ Lexer, Parser }: Yaml, text: string, lines: LineCounter): CST.Token[] | string => {
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  const tokens: CST.Token[] = []
  let pieces = 0
  for (const piece of new Lexer().lex(text)) {
    pieces += 1
    if (pieces > MAX_PIECES) return "make the file smaller, or move templates into files of their own"
    tokens.push(...parser.next(piece))
    if (parser.stack.length > MAX_DEPTH) return `nest no deeper than ${MAX_DEPTH} levels`
  }
  return [...tokens, ...parser.end()]
}

interface Reading {
  faults: Faults
  placeAt: (offset: number, path: readonly (string | number)[]) => Place
}

type Path = readonly (string | number)[]

const treeOf = (yaml: Yaml, document: Document, { faults, placeAt }: Reading): JobNode => {
  const nodeOf = (node: Node | null, path: Path, from: number): JobNode => {
    const at = placeAt(node?.range?.[0] ?? from, path)
    if (node === null) return { kind: "other", at }
    const fault = dialectFault(yaml, node)
    if (fault !== null) {
      faults.add(at, fault)
      return { kind: "faulty", at }
    }
    if (yaml.isMap<ParsedNode, ParsedNode | null>(node)) return { kind: "map", at, entries: entriesOf(node.items, path) }
    if (yaml.isSeq<ParsedNode>(node)) return { kind: "list", at, items: node.items.map((item, i) => nodeOf(item, [...path, i], from)) }
    return scalarOf(yaml.isScalar(node) ? node.value : null, at)
  }

  const entriesOf = (items: readonly { key: ParsedNode; value: ParsedNode | null }[], path: Path): JobEntry[] => {
    const seen = new Set<string>()
    return items.flatMap(({ key, value }) => {
      const at = placeAt(key.range[0], path)
      const name = yaml.isScalar(key) && typeof key.value === "string" ? key.value : null
      const fault = dialectFault(yaml, key) ?? keyFault(name, seen)
      const inside = name === null ? path : [...path, name]
      if (fault !== null) faults.add(placeAt(key.range[0], fault === TWICE ? inside : path), fault)
      if (name === null || fault !== null) return []
      seen.add(name)
      return [{ key: name, at: { ...at, pointer: pointerTo(inside) }, value: nodeOf(value, inside, key.range[0]) }]
    })
  }

  const scalarOf = (value: unknown, at: Place): JobNode => {
    if (typeof value === "boolean") return { kind: "flag", at, value }
    if (typeof value !== "string") return { kind: "other", at }
    if (value.isWellFormed() && !value.includes("\0")) return { kind: "text", at, value }
    faults.add(at, "remove the character NUL, and escapes that make no character")
    return { kind: "faulty", at }
  }

  return nodeOf(document.contents, [], 0)
}

const dialectFault = ({ isAlias, isScalar, isCollection }: Yaml, node: Node): string | null => {
  if (isAlias(node)) return "write out what the alias stands for, or use a template and extends"
  if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) return "remove the anchor"
  return node.tag === undefined ? null : "remove the tag"
}

const TWICE = "remove one of two equal keys"

const keyFault = (name: string | null, seen: ReadonlySet<string>): string | null => {
  if (name === null) return "write the key as text"
  if (name === "<<") return "write out what << would merge, or use a template and extends"
  return seen.has(name) ? TWICE : null
}
