import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"

/**
 * Every shape in which a value could have been left behind: as it is, in the common encodings at each alignment, in other
 * character sets, escaped, backwards.
 */
export const shapesOf = (canary: string): Map<string, Buffer> => {
  const bytes = Buffer.from(canary)
  const shapes = new Map<string, Buffer>([
    ["plain", bytes],
    ["utf-16", Buffer.from(canary, "utf16le")],
    ["hex", Buffer.from(bytes.toString("hex"))],
    ["HEX", Buffer.from(bytes.toString("hex").toUpperCase())],
    ["reversed", Buffer.from(canary.split("").reverse().join(""))],
    ["percent-encoded", Buffer.from([...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""))],
  ])
  for (const encoding of ["base64", "base64url"] as const)
    for (const offset of [0, 1, 2]) {
      // the first and last characters also hold bits of the neighbours
      const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString(encoding)
      shapes.set(`${encoding} at ${offset}`, Buffer.from(text.slice(offset === 0 ? 0 : 4, -4)))
    }
  return shapes
}

/** Where in these bytes the canary stands, and in which shape. */
export const findCanary = (bytes: Buffer, canary: string, where: string): string[] =>
  [...shapesOf(canary)].filter(([, shape]) => bytes.includes(shape)).map(([shape]) => `${where}: ${shape}`)

/** The same over every file below a folder. Files that vanish meanwhile are passed over. */
export const sweepFolder = async (folder: string, canary: string): Promise<{ found: string[]; files: number; bytes: number }> => {
  const result = { found: [] as string[], files: 0, bytes: 0 }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const content = await readFile(path).catch(() => null)
    if (content === null) continue
    result.files++
    result.bytes += content.length
    result.found.push(...findCanary(content, canary, path))
  }
  return result
}
