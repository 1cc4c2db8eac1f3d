import { SecretError } from "../base/errors.ts"
import type { EnvEntry, EnvFormat } from "./env-format.ts"
import { readEnvFile } from "./read-env-file.ts"

/**
 * Asserts, before a file is written, that the format's reader takes exactly `entries` from it, and, where others write to it
 * too, exactly what it took from their lines alone: a quote that they left open would swallow ours.
 * @param outsideText the file without our block; nothing where the file is ours alone
 * @throws SecretError `not_supported` with keys, never values
 */
export const assertReadBack = (fileText: string, format: EnvFormat, entries: Iterable<EnvEntry>, outsideText?: string): void => {
  const outside = outsideText === undefined ? [] : readEnvFile(outsideText, format)
  const actual = readEnvFile(fileText, format)
  if (outside === null || actual === null)
    throw new SecretError("not_supported", `the file would not be read as ${format} as it stands`, { help: "Mend its other lines, or deliver to a file of its own." })
  const wanted = mapOf([...outside, ...entries])
  const found = mapOf(actual)
  const keys = [...new Set([...wanted.keys(), ...found.keys()])].filter((key) => wanted.get(key) !== found.get(key))
  if (keys.length === 0) return
  throw new SecretError("not_supported", `the file would be read as ${format} with other values than are meant for ${keys.join(", ")}`, {
    details: { keys },
    help: "Mend its other lines, or deliver to a file of its own.",
  })
}

const mapOf = (entries: readonly EnvEntry[]): Map<string, string> => new Map(entries.map(({ key, value }) => [key, value]))
