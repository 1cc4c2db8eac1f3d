import { existsSync } from "node:fs"
import { basename, dirname, join, relative, resolve } from "node:path"
import { SecretError } from "../base/errors.ts"
import { defaultJobFile, JOB_FILES, readJobFile, type JobFile } from "../runner/jobs/read-job-file.ts"
import { createReferenceFixes } from "../runner/jobs/reference-fixes.ts"
import type { Call } from "./command.ts"
import { openProviders } from "./open-providers.ts"

/** A job file, and the folder that it is run in. */
export interface OpenedJobFile extends JobFile {
  root: string
}

/**
 * The named job file, else the project's, in this folder or above. One in `.sotto` or `.loom` is run in the folder above that,
 * any other where we are.
 * @throws SecretError `SCHEMA_V1`, `not_found`
 */
export const openJobFile = async (call: Call, file?: string): Promise<OpenedJobFile> => {
  const root = file === undefined ? jobRoot() : rootOf(file)
  const referenceFixes = createReferenceFixes(async (schemes) => (await openProviders(call, schemes)).table)
  return { root, ...(await readJobFile({ root, referenceFixes, ...(file !== undefined && { file }) })) }
}

/** The project's job file, as one would write it here; null where there is none. */
export const findProjectJobFile = (): string | null => {
  const root = findJobRoot(process.cwd())
  const file = root === null ? null : defaultJobFile(root)
  return root === null || file === null ? null : relative(process.cwd(), join(root, file))
}

const jobRoot = (): string => {
  const root = findJobRoot(process.cwd())
  if (root !== null) return relative(process.cwd(), root) || "."
  throw new SecretError("not_found", `there is no ${JOB_FILES.join(" or ")} here or above`, { help: "Name the job file with --file." })
}

const rootOf = (file: string): string => {
  const folder = dirname(file)
  const isHome = HOMES.includes(basename(resolve(folder)))
  return isHome ? relative(process.cwd(), dirname(resolve(folder))) || "." : "."
}

const HOMES = JOB_FILES.map((path) => dirname(path))

const findJobRoot = (folder: string): string | null => {
  if (JOB_FILES.some((path) => existsSync(join(folder, path)))) return folder
  return folder === dirname(folder) ? null : findJobRoot(dirname(folder))
}

/** What is no file of references. */
export const isJobFile = (path: string): boolean => /\.ya?ml$/.test(path)
