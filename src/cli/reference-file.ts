import { existsSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { SecretError } from "../base/errors.ts"
import type { NamedReference } from "../core/references/parse-assignment.ts"
import { parseReferenceFile } from "../core/references/reference-file.ts"
import type { ReadFile } from "../runner/trust.ts"

export const PROJECT_REFERENCES = join(".sotto", "env")

/** The project's file of references, in this folder or above, as one would write it here; null where there is none. */
export const findProjectReferences = (here: string): string | null => {
  const path = findFrom(here)
  return path === null ? null : relative(here, path)
}

const findFrom = (folder: string): string | null => {
  const path = join(folder, PROJECT_REFERENCES)
  if (existsSync(path)) return path
  return folder === dirname(folder) ? null : findFrom(dirname(folder))
}

/** @throws SecretError `invalid_argument`, also for a file that cannot be read */
export const readReferenceFile = (path: string): { file: ReadFile; references: NamedReference[] } => {
  const bytes = readBytes(path)
  return { file: { path, bytes }, references: parseReferenceFile(new TextDecoder().decode(bytes), path) }
}

const readBytes = (path: string): Uint8Array => {
  try {
    return readFileSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new SecretError("invalid_argument", code === "ENOENT" ? `there is no file ${path}` : `${path} cannot be read`)
  }
}
