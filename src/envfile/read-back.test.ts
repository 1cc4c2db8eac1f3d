import { describe, expect, it } from "vitest"
import { putBlock } from "./env-block.ts"
import { ENV_FORMATS, type EnvFormat } from "./env-format.ts"
import { assertReadBack } from "./read-back.ts"
import { readEnvFile } from "./read-env-file.ts"
import { renderEnvFile } from "./render-env-file.ts"

const entries = [{ key: "K", value: "it's s3cr3t-VALUE-9" }, { key: "L", value: "" }]
/** Written between backticks, with a line end behind the first of them. */
const BACKTICKS = { key: "M", value: `\n'"` }

describe("reading a file back before it is written", () => {
  it.each(ENV_FORMATS)("passes what was rendered as %s", (format) => {
    const { text } = renderEnvFile(entries, format)
    expect(() => assertReadBack(text, format, entries)).not.toThrow()
    expect(() => assertReadBack(text, format, entries.slice(1))).toThrow(`the file would be read as ${format} with other values than are meant for K`)
    expect(() => assertReadBack(text, format, [...entries, { key: "M", value: "" }])).toThrow(/ for M$/)
  })
  it("tells a quote that others left open and that ours would close", () => {
    const file = putBlock("A=`x\n", renderEnvFile([BACKTICKS], "dotenv").text)
    expect(() => assertReadBack(file, "dotenv", [BACKTICKS], "A=`x\n")).toThrow("other values than are meant for A, M")
  })
  it("tells a quote that others left open, though ours makes it a file that can be read", () => {
    const lines = [{ key: "K", value: "\nB=1" }]
    const file = putBlock("A='x", renderEnvFile(lines, "compose").text)
    expect(readEnvFile(file, "compose")?.map(({ key }) => key)).toEqual(["A", "B"])
    expect(() => assertReadBack(file, "compose", lines, "A='x")).toThrow("would not be read as compose as it stands")
  })
  it.each<[string, EnvFormat, string, string]>([
    ["a line that goes on", "systemd", "A=x\\", "other values than are meant for A"],
    ["a comment that goes on", "systemd", "# x\\", "would not be read as systemd as it stands"],
    ["a quote that is open", "systemd", 'A="x', "other values than are meant for A"],
    ["a quote that is open", "sh", "A='x", "would not be read as sh as it stands"],
    ["a command", "sh", "echo x\n", "would not be read as sh as it stands"],
    ["a variable in a value", "compose", "A=$B\n", "would not be read as compose as it stands"],
    ["a name with a blank", "docker", "A B=1\n", "would not be read as docker as it stands"],
  ])("of two owners tells %s in %s, and no value", (_what, format, outside, told) => {
    const file = putBlock(outside, renderEnvFile(entries, format).text)
    expect(() => assertReadBack(file, format, entries, outside)).toThrow(told)
    expect(() => assertReadBack(file, format, entries, outside)).not.toThrow(/s3cr3t/)
  })
  it("of two owners passes others' lines that stay what they were, and a key of both, which ours is the last of", () => {
    const outside = "A=1 # x\nK=old"
    expect(() => assertReadBack(putBlock(outside, renderEnvFile(entries, "dotenv").text), "dotenv", entries, outside)).not.toThrow()
  })
})
