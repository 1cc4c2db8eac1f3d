import { SecretError } from "../base/errors.ts"
import type { EnvEntry, EnvFormat, RenderedFile } from "../envfile/env-format.ts"
import { renderEnvFile } from "../envfile/render-env-file.ts"
import { readEnvFile } from "./env-text.ts"

/** First line of what the daemon writes. */
const headLine = (generation: number): string => `Written by Sotto (generation ${generation}). Changes made here are lost.`

/**
 * The text of a delivery, read back as its app reads it before anybody may write it.
 * @throws SecretError `internal` with the keys that come back as something else
 */
export const rendered = (entries: readonly EnvEntry[], format: EnvFormat, generation: number): RenderedFile => {
  const file = renderEnvFile(entries, format, { comment: headLine(generation) })
  const refused = new Set(file.refused.map(({ key }) => key))
  const carried = entries.filter(({ key }) => !refused.has(key))
  const changed = changedKeys(carried, readEnvFile(file.text, format))
  if (changed.length === 0) return file
  throw new SecretError("internal", `a file for ${format} does not carry ${changed.join(", ")} exactly`, { details: { keys: changed }, help: "Deliver as json." })
}

/** Keys that a reader does not read exactly so, and keys that it reads and that nobody wrote. */
export const changedKeys = (written: readonly EnvEntry[], read: ReadonlyMap<string, string>): string[] => {
  const wrong = written.filter(({ key, value }) => read.get(key) !== value).map(({ key }) => key)
  const known = new Set(written.map(({ key }) => key))
  return [...wrong, ...[...read.keys()].filter((key) => !known.has(key))]
}

/** What a file holds for its app; nothing where somebody made it unreadable: then it is to be written anew. */
export const readOrNothing = (text: string, format: EnvFormat): ReadonlyMap<string, string> => {
  try {
    return readEnvFile(text, format)
  } catch {
    return new Map()
  }
}
