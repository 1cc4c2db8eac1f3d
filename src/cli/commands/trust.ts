import { SecretError } from "../../base/errors.ts"
import { isTrusted, listTrust, recordTrust, revokeTrust } from "../../runner/trust.ts"
import type { Call } from "../command.ts"
import { findProjectJobFile } from "../job-file.ts"
import { judgeFile, type JudgedFile } from "../judged-file.ts"
import { findProjectReferences, PROJECT_REFERENCES } from "../reference-file.ts"
import { table, time } from "../table.ts"

export const trust = async (call: Call): Promise<void> => {
  const { env, options, screen } = call
  if (options.flag("list")) {
    const records = listTrust(env)
    return screen.show(records, () => table(["FILE", "TRUSTED"], records.map(({ path, trustedAt }) => [path, time(trustedAt)])))
  }
  const paths = pathsOf(call)
  const results = options.flag("revoke") ? paths.map((path) => revoke(call, path)) : await trustFiles(call, paths)
  const data = results.map((result) => result.data)
  screen.show(call.args.length > 0 ? data[0] : data, () => results.map(({ text }) => text).join("\n"))
}

interface Result {
  data: object
  text: string
}

/** The file that is named; else everything of the project that asks for secrets. */
const pathsOf = ({ args }: Call): string[] => {
  const here = process.cwd()
  const paths = args[0] === undefined ? [findProjectReferences(here), findProjectJobFile()].filter((path) => path !== null) : [args[0]]
  if (paths.length > 0) return paths
  throw new SecretError("not_found", `there is neither ${PROJECT_REFERENCES} nor a job file here or above`, { help: "Name the file: sotto trust FILE" })
}

const revoke = ({ env }: Call, path: string): Result => {
  const revoked = revokeTrust(env, path)
  return { data: { path, revoked }, text: revoked ? `${path} is no longer trusted.` : `${path} was not trusted.` }
}

/** All are read before any is trusted. */
const trustFiles = async (call: Call, paths: readonly string[]): Promise<Result[]> => {
  const judged: JudgedFile[] = []
  for (const path of paths) judged.push(await judgeFile(call, path))
  const results: Result[] = []
  for (const file of judged) results.push(await trustFile(call, file))
  return results
}

const trustFile = async (call: Call, { path, files, lines, data }: JudgedFile): Promise<Result> => {
  const { env, options, screen } = call
  const isKnown = isTrusted(env, files)
  for (const line of lines) screen.note(line)
  if (!isKnown && !options.flag("yes")) await confirm(call, path)
  return { data: { ...recordTrust(env, files, Date.now()), ...data }, text: `${path} is trusted as it is now.` }
}

const confirm = async ({ screen }: Call, path: string): Promise<void> => {
  if (!screen.isTerminal.stdin || !screen.isTerminal.stderr)
    throw new SecretError("not_trusted", "nobody can be asked here", { help: `Run it in a terminal, or look at the file and run: sotto trust --yes '${path}'` })
  const { createInterface } = await import("node:readline/promises")
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await lines.question(`May commands here be given these? [y/N] `)
    if (/^y(es)?$/i.test(answer.trim())) return
  } finally {
    lines.close()
  }
  throw new SecretError("not_trusted", `${path} stays untrusted`)
}
