import { SecretError } from "../../base/errors.ts"
import { findJobFile } from "../../runner/jobs/read-job-file.ts"
import { isTrusted, listTrust, recordTrust, revokeTrust, type ReadFile } from "../../runner/trust.ts"
import type { Call } from "../command.ts"
import { jobFileOf, loadJobFile } from "../job-file.ts"
import { jobPlan } from "../job-plan.ts"
import { findProjectReferences, PROJECT_REFERENCES, readReferenceFile } from "../reference-file.ts"
import { shownPath } from "../shown-path.ts"
import { table, time } from "../table.ts"

export const trust = async (call: Call): Promise<void> => {
  const { env, options, screen } = call
  if (options.flag("list")) {
    const records = listTrust(env)
    return screen.show(records, () => table(["FILE", "TRUSTED"], records.map(({ path, trustedAt }) => [path, time(trustedAt)])))
  }
  if (options.flag("revoke")) return revoke(call)
  const judged = await judgedOf(call)
  const records: Awaited<ReturnType<typeof trustOne>>[] = []
  for (const each of judged) records.push(await trustOne(call, each))
  screen.show(records, () => judged.map(({ path }) => `${path} is trusted as it is now.`).join("\n"))
}

const revoke = (call: Call): void => {
  const revoked = pathsOf(call).map((path) => ({ path, revoked: revokeTrust(call.env, path) }))
  call.screen.show(revoked, () => revoked.map((each) => (each.revoked ? `${each.path} is no longer trusted.` : `${each.path} was not trusted.`)).join("\n"))
}

/** Something that names secrets, and what a person has to see of it before saying yes. */
interface Judged {
  path: string
  files: [ReadFile, ...ReadFile[]]
  shown: string
  names: string[]
}

/** The named one, else all that this project has. */
const judgedOf = async (call: Call): Promise<Judged[]> => {
  const paths = pathsOf(call)
  return Promise.all(paths.map((path) => (isJobFile(path) ? judgedJobs(call, path) : judgedReferences(path))))
}

const pathsOf = ({ args }: Call): string[] => {
  if (args[0] !== undefined) return [args[0]]
  const jobs = findJobFile(process.cwd())
  const paths = [findProjectReferences(process.cwd()), jobs === null ? null : shownPath(jobs.path)].filter((path) => path !== null)
  if (paths.length > 0) return paths
  throw new SecretError("not_found", `there is neither ${PROJECT_REFERENCES} nor a job file here or above`, { help: "Name the file: sotto trust FILE" })
}

const isJobFile = (path: string): boolean => /\.ya?ml$/.test(path)

const judgedReferences = async (path: string): Promise<Judged> => {
  const { file, references } = readReferenceFile(path)
  const lines = references.map(({ name, reference, required }) => `  ${name}${required ? "" : " (may be missing)"}  ${reference}`)
  return { path, files: [file], shown: lines.join("\n"), names: references.map(({ name }) => name) }
}

const judgedJobs = async (call: Call, path: string): Promise<Judged> => {
  const { graph, files } = await loadJobFile(jobFileOf(path), call)
  return { path, files, shown: jobPlan(graph), names: [...new Set(graph.jobs.flatMap(({ secrets }) => secrets.map(({ name }) => name)))] }
}

const trustOne = async (call: Call, { path, files, shown, names }: Judged) => {
  const { env, options, screen } = call
  const isKnown = isTrusted(env, files)
  if (shown !== "") screen.note(shown)
  if (!isKnown && !options.flag("yes")) await confirm(call, path)
  return { ...recordTrust(env, files, Date.now()), names }
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
