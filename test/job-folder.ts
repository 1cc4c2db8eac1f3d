import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { isSecretError } from "../src/base/errors.ts"
import { createProviderTable } from "../src/providers/built-in-providers.ts"
import { createSottoProvider } from "../src/providers/sotto.ts"
import type { CheckReference } from "../src/runner/jobs/check-secrets.ts"
import { readJobFile, type JobFile } from "../src/runner/jobs/read-job-file.ts"
import { schemeOf } from "../src/core/references/reference-text.ts"

/** A folder with a job file, which is read with the providers that are built in. */
export interface JobFolder {
  root: string
  write(path: string, content: string | Uint8Array): void
  read(file?: string): Promise<JobFile>
  /** Of a file that has some; fails for one that has none. */
  errors(file?: string): Promise<string[]>
  /** The same for text as `.sotto/jobs.yml`. */
  errorsOf(text: string): Promise<string[]>
  readText(text: string | Uint8Array): Promise<JobFile>
  remove(): void
}

const refuse = (): never => {
  throw new Error("a provider was contacted")
}

const table = createProviderTable({ sotto: async () => createSottoProvider(refuse) })
const checkReference: CheckReference = async (reference) => {
  const provider = await table(schemeOf(reference) ?? "")
  if (provider === null) return "unknown_scheme"
  try {
    provider.parse(reference)
    return null
  } catch {
    return "malformed"
  }
}

export const openJobFolder = (): JobFolder => {
  const root = mkdtempSync(join(tmpdir(), "sotto-jobs-"))
  const write: JobFolder["write"] = (path, content) => {
    mkdirSync(join(root, dirname(path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  const read: JobFolder["read"] = (file = ".sotto/jobs.yml") => readJobFile(root, join(root, file), checkReference)
  const errors: JobFolder["errors"] = (file) => read(file).then(() => Promise.reject(new Error("the file has no faults")), errorsIn)
  const readText: JobFolder["readText"] = (text) => {
    write(".sotto/jobs.yml", text)
    return read()
  }
  return {
    root,
    write,
    read,
    errors,
    readText,
    errorsOf: (text) => readText(text).then(() => Promise.reject(new Error("the file has no faults")), errorsIn),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

const errorsIn = (error: unknown): string[] => {
  if (isSecretError(error) && error.code === "SCHEMA_V1") return error.details.errors as string[]
  throw error
}
