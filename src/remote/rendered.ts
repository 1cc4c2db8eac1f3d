import type { EnvEntry, EnvFormat, RenderedFile } from "../envfile/env-format.ts"
import { assertReadBack } from "../envfile/read-back.ts"
import { readEnvFile } from "../envfile/read-env-file.ts"
import { renderEnvFile } from "../envfile/render-env-file.ts"

/** First line of what the daemon writes. */
const headLine = (generation: number): string => `Written by Sotto (generation ${generation}). Changes made here are lost.`

/**
 * The text of a delivery, read back as its app reads it before anybody may write it.
 * @throws SecretError `not_supported` with the keys that come back as something else
 */
export const rendered = (entries: readonly EnvEntry[], format: EnvFormat, generation: number): RenderedFile => {
  const file = renderEnvFile(entries, format, { comment: headLine(generation) })
  const refused = new Set(file.refused.map(({ key }) => key))
  assertReadBack(file.text, format, entries.filter(({ key }) => !refused.has(key)))
  return file
}

/** What an app reads there; nothing where somebody made it unreadable: then it is to be written anew. */
export const readOrNothing = (text: string, format: EnvFormat): ReadonlyMap<string, string> =>
  new Map((readEnvFile(text, format) ?? []).map(({ key, value }) => [key, value]))
