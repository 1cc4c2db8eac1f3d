import type { EnvEntry, EnvFormat } from "./env-format.ts"
import { parseDotenv } from "./parse-dotenv.ts"
import { readCompose } from "./read-compose.ts"
import { readDocker } from "./read-docker.ts"
import { readNode } from "./read-node.ts"
import { readSh } from "./read-sh.ts"
import { readSystemd } from "./read-systemd.ts"

/**
 * What the format's own reader makes of a file, by a port of it: of a key that is there twice, the last. Keys are as that
 * reader takes them, also those that no shell would.
 * @returns null where that reader refuses the file, or where what it makes of it depends on more than the file
 */
export const readEnvFile = (text: string, format: EnvFormat): EnvEntry[] | null => {
  const entries = READERS[format](text)
  return entries === null ? null : [...entries].map(([key, value]) => ({ key, value }))
}

const readDotenv = (text: string): Map<string, string> => {
  const { entries } = parseDotenv(text)
  // The package makes an object of them, where this name means the prototype.
  entries.delete("__proto__")
  return entries
}

const readJson = (text: string): Map<string, string> | null => {
  const content = jsonOf(text)
  if (typeof content !== "object" || content === null || Array.isArray(content)) return null
  const entries = Object.entries(content as Record<string, unknown>)
  return entries.every((entry): entry is [string, string] => typeof entry[1] === "string") ? new Map(entries) : null
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const READERS: Record<EnvFormat, (text: string) => Map<string, string> | null> = {
  dotenv: readDotenv,
  node: readNode,
  compose: readCompose,
  docker: readDocker,
  systemd: readSystemd,
  sh: readSh,
  json: readJson,
}
