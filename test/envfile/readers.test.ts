import fc from "fast-check"
import { afterAll, describe, expect, it } from "vitest"
import type { EnvEntry, EnvFormat, RefusalCode } from "../../src/envfile/env-format.ts"
import { readEnvFile } from "../../src/envfile/read-env-file.ts"
import { renderEnvFile } from "../../src/envfile/render-env-file.ts"
import { hostileFiles, hostileText } from "./hostile-value.ts"
import { openRealReaders, type RealReader } from "./real-readers.ts"

const readers = openRealReaders()
afterAll(() => readers.close())
const { of } = readers

const PAIRS: [EnvFormat, RealReader][] = [
  ["dotenv", of.dotenv], ["node", of.parseEnv], ["node", of.node], ["docker", of.docker], ["systemd", of.systemd], ["sh", of.bash], ["sh", of.dash],
]
for (const { name, missing } of Object.values(of)) if (missing !== null) process.stderr.write(`Env files are not read by ${name} here, only by our port of it: ${missing}\n`)

/** What a format may refuse at all. */
const REFUSES: Record<EnvFormat, RefusalCode[]> = {
  dotenv: ["nul", "unpaired_surrogate", "carriage_return", "quotes"],
  node: ["nul", "unpaired_surrogate", "carriage_return", "quotes"],
  compose: ["nul", "unpaired_surrogate"],
  docker: ["nul", "unpaired_surrogate", "carriage_return", "line_feed"],
  systemd: ["nul", "unpaired_surrogate", "noncharacter"],
  sh: ["nul", "unpaired_surrogate"],
  json: ["unpaired_surrogate"],
}

const carried = (entries: readonly EnvEntry[], refused: ReadonlySet<string>): Record<string, string> =>
  Object.fromEntries(entries.filter(({ key }) => !refused.has(key)).map(({ key, value }) => [key, value]))

const render = (files: readonly EnvEntry[][], format: EnvFormat) =>
  files.map((entries) => {
    const { text, refused } = renderEnvFile(entries, format, { comment: "generation 7 \\" })
    return { text, refused, wanted: carried(entries, new Set(refused.map(({ key }) => key))) }
  })

const asRecord = (text: string, format: EnvFormat): Record<string, string> | null => {
  const entries = readEnvFile(text, format)
  return entries === null ? null : Object.fromEntries(entries.map(({ key, value }) => [key, value]))
}

describe("a file of 10,000 random values", { timeout: 240_000 }, () => {
  const files = hostileFiles(10_000, 250, 45)

  it.for(PAIRS.map(([format, reader]) => ({ format, reader, name: reader.name })))("agents 45: written as $format is read back exactly by $name", async ({ format, reader }, { skip }) => {
    skip(reader.missing !== null, `${reader.name}: ${reader.missing ?? ""}`)
    const rendered = render(files, format)
    const read = await reader.read(rendered.map(({ text }) => text))
    for (const [index, { wanted }] of rendered.entries()) expect(read[index]).toEqual(wanted)
  })

  it.for(Object.keys(REFUSES) as EnvFormat[])("agents 45: written as %s is read back exactly by our port, and what it refuses, it names by key", (format) => {
    const rendered = render(files, format)
    for (const { text, wanted } of rendered) expect(asRecord(text, format)).toEqual(wanted)
    const codes = new Set(rendered.flatMap(({ refused }) => refused.map(({ code }) => code)))
    expect([...codes].toSorted()).toEqual(REFUSES[format].toSorted())
  })
})

describe("our port of a reader", { timeout: 240_000 }, () => {
  const texts = fc.sample(hostileText, { numRuns: 4_000, seed: 46 })
  /** A program that reads one file each is asked less often. `node --env-file` has the parser of `util.parseEnv`. */
  const fewer = new Set([of.docker, of.bash, of.dash])
  const pairs = PAIRS.filter(([, reader]) => reader !== of.node).map(([format, reader]) => ({ format, reader, name: reader.name }))

  it.for(pairs)("of $format reads whatever text as $name does", async ({ format, reader }, { skip }) => {
    skip(reader.missing !== null, `${reader.name}: ${reader.missing ?? ""}`)
    // Of a shell, and of comments in systemd, our port tells less than there is; a text that may run something is not tried.
    const tellsLess = format === "sh" || format === "systemd"
    const tried = texts.filter((text) => !tellsLess || readEnvFile(text, format) !== null).slice(0, fewer.has(reader) ? 250 : texts.length)
    const read = await reader.read(tried)
    for (const [index, text] of tried.entries()) expect([text, asRecord(text, format)]).toEqual([text, read[index]])
    expect(tried.length).toBeGreaterThanOrEqual(250)
  })
})
