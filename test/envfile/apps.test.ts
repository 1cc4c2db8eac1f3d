import { spawnSync } from "node:child_process"
import { afterAll, describe, expect, it } from "vitest"
import type { EnvFormat } from "../../src/envfile/env-format.ts"
import { renderEnvFile } from "../../src/envfile/render-env-file.ts"
import { openRealReaders, type RealReader } from "./real-readers.ts"

const readers = openRealReaders()
afterAll(() => readers.close())
const { of } = readers

const PAIRS = (
  [["dotenv", of.dotenv], ["node", of.parseEnv], ["node", of.node], ["docker", of.docker], ["systemd", of.systemd], ["sh", of.bash], ["sh", of.dash]] as [EnvFormat, RealReader][]
).map(([format, reader]) => ({ format, reader, name: reader.name }))

const PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nAAA=\n-----END PRIVATE KEY-----\n"
const AWKWARD = ["pa#ss", "pa #ss", "  both ends\t ", '"q"', "'q'", "`q`", `a'b"c`, "a'b\"c`d", PEM, "${HOME} $HOME $(id) `id`", "a\\nb", '{"a": "b\'c"}', "öäü 漢字 😀 \ufeff", "postgres://u:p@h/d?x=1#frag", "C:\\dir\\", "a=b=c", "~", "a b\\", "!!", "%s", "x".repeat(60_000)]

describe("what an app reads from a delivered file", { timeout: 60_000 }, () => {
  it.for(PAIRS)("loopstack C8: an empty value is there and empty, as $name reads it", async ({ format, reader }, { skip }) => {
    skip(reader.missing !== null, `${reader.name}: ${reader.missing ?? ""}`)
    const { text } = renderEnvFile([{ key: "A", value: "" }, { key: "B", value: "x" }, { key: "C", value: "" }], format)
    expect(await reader.read([text])).toEqual([{ A: "", B: "x", C: "" }])
  })

  it.for(PAIRS)("loopstack C9: awkward values are the exact bytes, as $name reads $format", async ({ format, reader }, { skip }) => {
    skip(reader.missing !== null, `${reader.name}: ${reader.missing ?? ""}`)
    const entries = AWKWARD.map((value, index) => ({ key: `V_${index}`, value }))
    const { text, refused } = renderEnvFile(entries, format)
    const lacking = { dotenv: [], node: [], docker: [PEM], systemd: [], sh: [], compose: [], json: [] }[format] as string[]
    expect(refused.map(({ key }) => entries.find((entry) => entry.key === key)?.value)).toEqual(lacking)
    expect(await reader.read([text])).toEqual([Object.fromEntries(entries.filter(({ value }) => !lacking.includes(value)).map(({ key, value }) => [key, value]))])
  })

  it.for(PAIRS)("loopstack C10: a value with NODE_OPTIONS on a line of its own defines one variable, as $name reads it", async ({ format, reader }, { skip }) => {
    skip(reader.missing !== null, `${reader.name}: ${reader.missing ?? ""}`)
    const value = "x\nNODE_OPTIONS=--require=/tmp/evil.js\nexport B=1\n"
    const { text, refused } = renderEnvFile([{ key: "A", value }], format)
    expect(refused).toEqual(format === "docker" ? [{ key: "A", code: "line_feed" }] : [])
    expect(await reader.read([text])).toEqual([format === "docker" ? {} : { A: value }])
  })

  it.for(PAIRS)("a value of 65,536 bytes arrives as $name reads it, or is refused", async ({ format, reader }, { skip }) => {
    skip(reader.missing !== null, `${reader.name}: ${reader.missing ?? ""}`)
    const value = "é'".repeat(21_845) + "x"
    const { text, refused } = renderEnvFile([{ key: "A", value }, { key: "B", value: value.slice(0, -3) }], format)
    expect(Buffer.byteLength(value)).toBe(65_536)
    expect(refused).toEqual(format === "docker" ? [{ key: "A", code: "too_long" }] : [])
    expect(await reader.read([text])).toEqual([{ ...(format !== "docker" && { A: value }), B: value.slice(0, -3) }])
  })

  it("the longest line that we write for Docker is the longest that it reads", async ({ skip }) => {
    skip(of.docker.missing !== null, `docker: ${of.docker.missing ?? ""}`)
    const lines = [65_533, 65_534].map((length) => "x".repeat(length))
    expect(lines.map((value) => renderEnvFile([{ key: "K", value }], "docker").refused.length)).toEqual([0, 1])
    expect(await of.docker.read(lines.map((value) => `K=${value}\n`))).toEqual([{ K: lines[0] }, null])
  })

  it("a name that a shell itself sets is refused, or arrives", async ({ skip }) => {
    skip(of.bash.missing !== null || of.dash.missing !== null, "bash and dash are not both there")
    const { stdout } = spawnSync("bash", ["--norc", "-c", "compgen -v"], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
    const more = "BASH_ARGV0 BASH_COMMAND FUNCNAME HISTCMD RANDOM SRANDOM SECONDS EPOCHREALTIME LINENO OPTARG OPTIND REPLY _ PS1 PS4 IFS HOME TMOUT MAIL CDPATH ENV BASH_ENV POSIXLY_CORRECT BASH_XTRACEFD BASH_COMPAT SHLVL UID PPID GROUPS".split(" ")
    // The tests look past these three; a locale that is none is told of, and arrives.
    const names = [...new Set([...stdout.split("\n"), ...more])].filter((name) => /^[A-Z_]+$/i.test(name) && !/^(?:PATH|PWD|OLDPWD|LANG|LC_.*)$/.test(name))
    const rendered = names.map((key) => ({ key, ...renderEnvFile([{ key, value: "a b" }, { key: "LAST", value: "1" }], "sh") }))
    const carried = rendered.filter(({ refused }) => refused.length === 0)
    expect([carried.length > 20, rendered.length - carried.length > 20]).toEqual([true, true])
    const wanted = carried.map(({ key }) => ({ [key]: "a b", LAST: "1" }))
    expect(await of.bash.read(carried.map(({ text }) => text))).toEqual(wanted)
    expect(await of.dash.read(carried.map(({ text }) => text))).toEqual(wanted)
  })
})
