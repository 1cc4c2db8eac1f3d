import type { GraphJob } from "../runner/jobs/graph.ts"
import type { ReadFile } from "../runner/trust.ts"
import type { Call } from "./command.ts"
import { isJobFile } from "./job-file.ts"
import { readReferenceFile } from "./reference-file.ts"

/** What a person looks at before they trust a file. */
export interface JudgedFile {
  path: string
  /** With its includes, as they were read. */
  files: readonly [ReadFile, ...ReadFile[]]
  /** As people read it. */
  lines: readonly string[]
  /** The same for programs. */
  data: object
}

/** @throws SecretError of what reads the file */
export const judgeFile = async (call: Call, path: string): Promise<JudgedFile> => (isJobFile(path) ? judgeJobFile(call, path) : judgeReferences(path))

const judgeReferences = (path: string): JudgedFile => {
  const { file, references } = readReferenceFile(path)
  return { path, files: [file], lines: references.map(lineOf), data: { references } }
}

const judgeJobFile = async (call: Call, path: string): Promise<JudgedFile> => {
  const [{ openJobFile }, { compileJobs }] = await Promise.all([import("./job-file.ts"), import("../runner/jobs/compile-jobs.ts")])
  const file = await openJobFile(call, path)
  const { jobs } = compileJobs(file)
  const [, ...includes] = file.files
  const lines = [...includes.map((include) => `  includes ${include.path}`), ...file.warnings.map((warning) => `  warning ${warning}`), ...jobs.flatMap(linesOf)]
  return { path, files: file.files, lines, data: { includes: includes.map((include) => include.path), jobs, warnings: file.warnings } }
}

const lineOf = ({ name, reference, required }: { name: string; reference: string; required: boolean }): string =>
  visible(`  ${name}${required ? "" : " (may be missing)"}  ${reference}`)

const linesOf = ({ name, image, variables, secrets, script }: GraphJob): string[] => [
  `  ${name}${image === undefined ? "" : ` in ${image}`}`,
  ...Object.entries(variables).map(([variable, value]) => visible(`    ${variable}=${value}`)),
  ...secrets.map((secret) => `  ${lineOf(secret)}`),
  ...script.flatMap((entry) => entry.trimEnd().split("\n").map((line, at) => visible(`    ${at === 0 ? "$" : ">"} ${line}`))),
]

/** Nothing in a file may move the cursor, turn the text around or hide itself from who judges it. */
const visible = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`)
