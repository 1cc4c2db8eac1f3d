import { utf8 } from "../base/bytes.ts"
import { GO_SPACE, trimStartOf } from "./blanks.ts"

/** `bufio.Scanner` of Go: its 65,536 bytes hold the line end too. */
export const MAX_DOCKER_LINE_BYTES = 65_535

/**
 * `docker run --env-file` (package kvfile of the Docker CLI 28): a variable a line, taken as it stands.
 * A key without `=` takes its value from elsewhere and is passed over.
 * @returns null where Docker refuses the file
 */
export const readDocker = (text: string): Map<string, string> | null => {
  const entries = new Map<string, string>()
  const lines = text.split("\n")
  if (lines.some((line) => isTooLong(line))) return null
  for (const [index, raw] of lines.entries()) {
    const line = trimStartOf((index === 0 ? raw.replace(/^\ufeff/, "") : raw).replace(/\r$/, ""), GO_SPACE)
    if (line === "" || line.startsWith("#")) continue
    const end = line.indexOf("=")
    const key = end === -1 ? line : line.slice(0, end)
    if (key === "" || /[ \t]/.test(key)) return null
    if (end !== -1) entries.set(key, line.slice(end + 1))
  }
  return entries
}

const isTooLong = (line: string): boolean => line.length * 3 > MAX_DOCKER_LINE_BYTES && utf8(line).length > MAX_DOCKER_LINE_BYTES
