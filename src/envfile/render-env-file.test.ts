import { describe, expect, it } from "vitest"
import { ENV_FORMATS, REFUSALS, type EnvFormat, type RefusalCode } from "./env-format.ts"
import { readEnvFile } from "./read-env-file.ts"
import { renderEnvFile } from "./render-env-file.ts"

const formOf = (value: string, format: EnvFormat): string => {
  const { text, refused } = renderEnvFile([{ key: "K", value }], format)
  return refused[0]?.code ?? text.slice(2, -1)
}

describe("rendering an env file", () => {
  it.each<[string, Partial<Record<EnvFormat, string>>]>([
    ["sk_live-1", { dotenv: "sk_live-1", node: "sk_live-1", compose: "sk_live-1", docker: "sk_live-1", systemd: "sk_live-1", sh: "sk_live-1" }],
    ["", { dotenv: "", node: "", compose: "", docker: "", systemd: "", sh: "" }],
    ["a $b", { dotenv: "'a $b'", node: "'a $b'", compose: "'a $b'", docker: "a $b", systemd: "'a $b'", sh: "'a $b'" }],
    ["it's", { dotenv: '"it\'s"', node: '"it\'s"', compose: '"it\'s"', docker: "it's", systemd: '"it\'s"', sh: '"it\'s"' }],
    [`it's "$x"`, { dotenv: '`it\'s "$x"`', node: '`it\'s "$x"`', compose: '"it\'s \\"\\$x\\""', systemd: '"it\'s \\"\\$x\\""', sh: `'it'\\''s "$x"'` }],
    ["'\"`#", { dotenv: "quotes", node: "quotes", compose: '"\'\\"`#"', docker: "'\"`#", systemd: '"\'\\"\\`#"', sh: `''\\''"\`#'` }],
    ["a b\\", { dotenv: "a b\\", node: '"a b\\"', compose: '"a b\\\\"', docker: "a b\\", systemd: '"a b\\\\"', sh: "'a b\\'" }],
    ["a\rb", { dotenv: '"a\\rb"', node: "carriage_return", compose: '"a\\rb"', docker: "carriage_return", systemd: '"a\rb"', sh: "'a\rb'" }],
    ["a\nb", { dotenv: "'a\nb'", node: "'a\nb'", compose: "'a\nb'", docker: "line_feed", systemd: "'a\nb'", sh: "'a\nb'" }],
  ])("writes %j for each reader", (value, forms) => {
    for (const [format, form] of Object.entries(forms)) expect([format, formOf(value, format as EnvFormat)]).toEqual([format, form])
  })

  it("writes JSON as one object, whatever the keys", () => {
    const entries = [{ key: "__proto__", value: "\0\r'" }, { key: "B", value: "\u2028\\" }]
    const { text, refused } = renderEnvFile(entries, "json", { comment: "no place for it" })
    expect([refused, text]).toEqual([[], '{\n  "__proto__": "\\u0000\\r\'",\n  "B": "\u2028\\\\"\n}\n'])
    expect(readEnvFile(text, "json")).toEqual(entries)
    expect(renderEnvFile([], "json").text).toBe("{}\n")
  })

  it.each<[string, string, EnvFormat[], RefusalCode]>([
    ["1K", "x", [...ENV_FORMATS], "not_a_variable_name"],
    ["", "x", [...ENV_FORMATS], "not_a_variable_name"],
    ["A.B", "x", [...ENV_FORMATS], "not_a_variable_name"],
    ["A\nB", "x", [...ENV_FORMATS], "not_a_variable_name"],
    ["É", "x", [...ENV_FORMATS], "not_a_variable_name"],
    ["__proto__", "x", ["dotenv", "node"], "reserved_name"],
    ["RANDOM", "x[$(id)]", ["sh"], "reserved_name"],
    ["K", "\0", ["dotenv", "node", "compose", "docker", "systemd", "sh"], "nul"],
    ["K", "\udc00\ud800", [...ENV_FORMATS], "unpaired_surrogate"],
    ["K", "\u{10ffff}", ["systemd"], "noncharacter"],
    ["K", "\ufdef", ["systemd"], "noncharacter"],
    ["K", "\r", ["node", "docker"], "carriage_return"],
    ["K", "x".repeat(65_534), ["docker"], "too_long"],
    ["K", `${"é".repeat(32_767)}`, ["docker"], "too_long"],
  ])("refuses %j with %j by key and reason", (key, value, formats, code) => {
    const before = { key: "BEFORE", value: "1" }
    const after = { key: "AFTER", value: "2" }
    const refusals = ENV_FORMATS.flatMap((format) => renderEnvFile([before, { key, value }, after], format).refused.map((refusal) => ({ format, ...refusal })))
    expect(refusals).toEqual(formats.map((format) => ({ format, key, code })))
    for (const format of formats) expect(renderEnvFile([before, { key, value }, after], format).text).toBe(renderEnvFile([before, after], format).text)
    expect(REFUSALS[code]).toMatch(/^the /)
  })

  it("agents 47: a key that is there twice is in no file, and the file has LF alone, no mark of byte order, and no comment that goes on", () => {
    const entries = [{ key: "A", value: "1" }, { key: "B", value: "2" }, { key: "A", value: "3" }, { key: "A", value: "3" }]
    for (const format of ENV_FORMATS) {
      const { text, refused } = renderEnvFile(entries, format, { comment: "generation 7\r\nC=3\u2028 \\ \\\\" })
      expect(refused).toEqual([{ key: "A", code: "twice" }])
      expect(text).toBe(format === "json" ? '{\n  "B": "2"\n}\n' : "# generation 7  C=3\nB=2\n")
    }
  })

  it.each(ENV_FORMATS)("is read back as %s by our port whatever is long in it", (format) => {
    const long = [" ".repeat(60_000), `${" ".repeat(60_000)}x`, `'"${"\\ ".repeat(30_000)}x`, "#".repeat(60_000), "$".repeat(60_000), "'".repeat(60_000)]
    const entries = long.map((value, index) => ({ key: `V_${index}`, value }))
    const { text, refused } = renderEnvFile(entries, format)
    expect([readEnvFile(text, format), refused]).toEqual([entries, []])
  })

  it("loopstack C11: what the format cannot carry is told by key, and never by value", () => {
    const { text, refused } = renderEnvFile([{ key: "GOOD", value: "x" }, { key: "BAD", value: "'\"`# s3cr3t-VALUE-9" }], "dotenv")
    expect([text, refused]).toEqual(["GOOD=x\n", [{ key: "BAD", code: "quotes" }]])
  })
})
