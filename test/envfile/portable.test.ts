import { afterAll, describe, expect, it } from "vitest"
import { ENV_FORMATS } from "../../src/envfile/env-format.ts"
import { portableForm } from "../../src/envfile/portable-form.ts"
import { readEnvFile } from "../../src/envfile/read-env-file.ts"
import { openRealReaders } from "./real-readers.ts"

const readers = openRealReaders()
afterAll(() => readers.close())

const PRINTABLE = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
const UNQUOTED = new Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!%*+,-./:=?@[]^_{}~")

/** Each printable character first, in the middle, last and alone; and what a shell takes for a home directory. */
const VALUES = [...PRINTABLE.flatMap((char) => [`${char}ab`, `a${char}b`, `ab${char}`, char]), "a:~b", "a~b", "a=~b", "a:b~", ":~", "a\nb", "a\tb", "it's\n", "", "é", "it's é"]

/** The table of three forms, character by character. */
const formBy = (value: string): "U" | "S" | "D" | null => {
  const chars = [...value]
  const isHome = chars.some((char, at) => char === "~" && (at === 0 || chars[at - 1] === ":"))
  if (chars.every((char) => UNQUOTED.has(char)) && !isHome) return "U"
  if (chars.at(-1) === "\\") return null
  if (!chars.includes("'")) return "S"
  return chars.some((char) => '"$`\\'.includes(char)) ? null : "D"
}
const write = { U: (value: string) => value, S: (value: string) => `'${value}'`, D: (value: string) => `"${value}"` }

describe("the form that all readers read alike", { timeout: 60_000 }, () => {
  it("agents 46: is bare, else single, else double quotes, for every printable character first, in the middle and last", () => {
    for (const value of VALUES) {
      const form = formBy(value)
      expect([value, portableForm(value)]).toEqual([value, form === null ? null : write[form](value)])
    }
    for (const value of ["'$", "it's`", "it's \\x", "'\"", "a\\", "a\r", "a\0"]) expect([value, portableForm(value)]).toEqual([value, null])
  })

  const carried = VALUES.filter((value) => portableForm(value) !== null).map((value, index) => [`V_${index}`, value] as const)
  const fileOf = (entries: readonly (readonly [string, string])[]): string => entries.map(([key, value]) => `${key}=${portableForm(value) ?? ""}\n`).join("")
  // Docker takes lines as they stand, so that only bare values are read alike there.
  const entriesFor = (docker: boolean) => (docker ? carried.filter(([, value]) => formBy(value) === "U") : carried)

  it.for(Object.values(readers.of))("agents 46: is read alike by $name", async (reader, { skip }) => {
    skip(reader.missing !== null, `${reader.name}: ${reader.missing ?? ""}`)
    const entries = entriesFor(reader === readers.of.docker)
    expect(await reader.read([fileOf(entries)])).toEqual([Object.fromEntries(entries)])
  })
  it.for(ENV_FORMATS.filter((format) => format !== "json"))("agents 46: is read alike by our port for %s", (format) => {
    const entries = entriesFor(format === "docker")
    expect(readEnvFile(fileOf(entries), format)).toEqual(entries.map(([key, value]) => ({ key, value })))
  })
})
