import { parseAst } from "vitest/node"

/** What the rules of the house need to know about one source file. */
export interface SourceFile {
  /** Slash-separated, from the root of the repository: `src/core/put.ts`. */
  path: string
  imports: readonly SourceImport[]
  faults: readonly string[]
}

export interface SourceImport {
  specifier: string
  /** `static` costs at load time, `dynamic` when it runs, `type` nothing. */
  kind: "static" | "dynamic" | "type"
}

interface SyntaxNode {
  type: string
  [property: string]: unknown
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === "object" && value !== null && typeof (value as SyntaxNode).type === "string"

const childrenOf = (node: SyntaxNode): SyntaxNode[] => Object.values(node).flat().filter(isNode)

const textOf = (source: unknown): string =>
  isNode(source) && typeof source["value"] === "string" ? source["value"] : "(not a literal)"

const isTypeOnly = (node: SyntaxNode): boolean => {
  if (node["importKind"] === "type" || node["exportKind"] === "type") return true
  const specifiers = Array.isArray(node["specifiers"]) ? node["specifiers"].filter(isNode) : []
  return specifiers.length > 0 && specifiers.every((each) => each["importKind"] === "type" || each["exportKind"] === "type")
}

const importOf = (node: SyntaxNode): SourceImport | undefined => {
  if (node["source"] === undefined || node["source"] === null) return undefined
  if (node.type === "ImportExpression") return { specifier: textOf(node["source"]), kind: "dynamic" }
  if (node.type === "TSImportType") return { specifier: textOf(node["source"]), kind: "type" }
  return { specifier: textOf(node["source"]), kind: isTypeOnly(node) ? "type" : "static" }
}

const importsBelow = (node: SyntaxNode): SourceImport[] => {
  const own = importOf(node)
  return [...(own === undefined ? [] : [own]), ...childrenOf(node).flatMap(importsBelow)]
}

const namesOf = (statement: SyntaxNode): string[] => {
  const specifiers = Array.isArray(statement["specifiers"]) ? statement["specifiers"].filter(isNode) : []
  return specifiers.map((each) => (isNode(each["exported"]) ? String(each["exported"]["name"] ?? each["exported"]["value"]) : ""))
}

const isEmptyCollection = (value: unknown): boolean =>
  isNode(value) &&
  value.type === "NewExpression" &&
  isNode(value["callee"]) &&
  ["Map", "Set"].includes(String(value["callee"]["name"])) &&
  Array.isArray(value["arguments"]) &&
  value["arguments"].length === 0

const faultsOf = (statement: SyntaxNode): string[] => {
  const inner = isNode(statement["declaration"]) ? statement["declaration"] : statement
  const isExport = statement.type === "ExportNamedDeclaration"
  const isVariable = inner.type === "VariableDeclaration"
  const values = isVariable ? childrenOf(inner).map((declarator) => declarator["init"]) : []
  const checks: [boolean, string][] = [
    [statement.type === "ExportAllDeclaration", "export * (list each name)"],
    [statement.type === "ExportDefaultDeclaration" || (isExport && namesOf(statement).includes("default")), "default export"],
    [isVariable && inner["kind"] !== "const", `module-level ${String(inner["kind"])} (state lives in what open… or create… returns)`],
    [values.some(isEmptyCollection), "module-level empty Map or Set (state lives in what open… or create… returns)"],
  ]
  return checks.filter(([broken]) => broken).map(([, fault]) => fault)
}

/** Reads the imports of a TypeScript file, of every form there is, and the faults that its own text shows. */
export const parseSourceFile = ({ path, text }: { path: string; text: string }): SourceFile => {
  const program = parseAst(text, { lang: path.endsWith("x") ? "tsx" : "ts" }) as unknown as SyntaxNode
  const statements = (program["body"] as unknown[]).filter(isNode)
  return { path, imports: importsBelow(program), faults: statements.flatMap(faultsOf) }
}
