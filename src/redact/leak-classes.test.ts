import { describe, expect, it } from "vitest"
import { bytesOf, LEAK_CLASSES, leaksIn } from "../../test/redact/leak-classes.ts"
import { createRedactor } from "./create-redactor.ts"

const lines = (...texts: string[]): string => `${texts.join("\n")}\n`

describe("what leaked elsewhere stays hidden", () => {
  it.each(LEAK_CLASSES)("$citation: $title", (leak) => {
    const filter = createRedactor(leak.values).filter()
    const output = Buffer.concat([...leak.writes.map((write) => filter.push(bytesOf(write))), filter.end()])
    expect(leaksIn(output, leak)).toEqual([])
    expect(output.toString()).toMatch(/\[REDACTED:SECRET_(TOKEN|ONE)\]/)
  })

  it.each(LEAK_CLASSES)("OWASP/Agent-Security-Regression-Harness#166: the fixture of $citation ($title) would leak unmasked", (leak) => {
    expect(leaksIn(Buffer.concat(leak.writes.map(bytesOf)), leak)).toHaveLength(leak.forbidden.length)
  })

  it("actions/runner#326, Extra-Chill/homeboy#10521: a line of one character, a brace or digits masks nothing by itself", () => {
    const redactor = createRedactor([{ name: "T", value: lines("{", '  "pin": true,', "12345678", "true", "}") }])
    expect(redactor.redact("{ true 12345678 }")).toBe("{ true 12345678 }")
    expect(redactor.redact('x "pin": true, y')).toBe("x [REDACTED:SECRET_T] y")
  })

  it("actions/runner#507, buildkite/agent#3588: a short value is masked, has no variants, and is warned about by name", () => {
    const redactor = createRedactor([{ name: "SHORT", value: "true" }])
    expect(redactor.redact("it is true: dHJ1ZQ== 74727565")).toBe("it is [REDACTED:SECRET_SHORT]: dHJ1ZQ== 74727565")
    expect(redactor.warnings).toEqual([{ name: "SHORT", reason: "weak_value" }])
  })

  it("runabol/tork#623: an empty value is ignored", () => {
    const redactor = createRedactor([{ name: "EMPTY", value: "" }, { name: "BYTES", value: new Uint8Array(0) }])
    expect(redactor.redact("nothing to see")).toBe("nothing to see")
    expect(redactor.warnings).toEqual([])
  })

  it("actions/runner#159 and #475: a value registered late is masked in what is still held back", () => {
    const redactor = createRedactor([{ name: "LONG", value: "abcdefgh-and-more" }])
    const filter = redactor.filter()
    const first = filter.push(Buffer.from("xx abcdefgh-and"))
    redactor.add("LATE", "cdefgh-a")
    expect(Buffer.concat([first, filter.push(Buffer.from("!")), filter.end()]).toString()).toBe("xx ab[REDACTED:SECRET_LATE]nd!")
  })

  it("paperclip#9856: JSON is still JSON", () => {
    const redactor = createRedactor([{ name: "T", value: 'say "hi", ok' }, { name: "PIN", value: "48151623" }])
    const masked = redactor.redactJson({ a: ['x say "hi", ok y'], 'say "hi", ok': 1, pin: 48151623, on: true, none: null })
    expect(masked).toEqual({ a: ["x [REDACTED:SECRET_T] y"], "[REDACTED:SECRET_T]": 1, pin: "[REDACTED:SECRET_PIN]", on: true, none: null })
    expect(JSON.parse(redactor.redact(JSON.stringify({ a: 'x say "hi", ok y' })))).toEqual({ a: "x [REDACTED:SECRET_T] y" })
  })

  it("MicrosoftDocs/azure-devops-docs#5914, a stated limit: a field of a structured value is no secret of its own", () => {
    const redactor = createRedactor([{ name: "T", value: '{"user":"app","password":"hunter2-hunter2"}' }])
    expect(redactor.redact("hunter2-hunter2")).toBe("hunter2-hunter2")
  })

  it("tj-actions, a stated limit: base64 of base64 passes", () => {
    const twice = Buffer.from(Buffer.from("s3cr3t-VALUE-9").toString("base64")).toString("base64")
    expect(createRedactor([{ name: "T", value: "s3cr3t-VALUE-9" }]).redact(twice)).toBe(twice)
  })
})
