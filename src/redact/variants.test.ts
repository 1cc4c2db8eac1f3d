import { execFileSync } from "node:child_process"
import { escape as querystringEscape } from "node:querystring"
import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { allPatterns } from "../../test/redact/all-patterns.ts"
import { createRedactor } from "./create-redactor.ts"

const STRANGE = "a\"b'c\\d/e f&g<h>i%j+k$l`m!é😀-0"
const WORDS = "first line\n\t second-line 2\nthird: {x}\r\nfour"

const mask = (value: string | Uint8Array, text: string | Buffer): string => Buffer.from(createRedactor([{ name: "T", value }]).redact(Buffer.from(text))).toString("latin1")
const isMasked = (value: string | Uint8Array, text: string | Buffer): boolean => mask(value, Buffer.concat([Buffer.from("<<"), Buffer.from(text), Buffer.from(">>")])) === "<<[REDACTED:SECRET_T]>>"
const escaped = (text: string, pattern: RegExp, code: (unit: number) => string): string => text.replaceAll(pattern, (unit) => code(unit.charCodeAt(0)))
const upperCodes = (text: string): string => text.replaceAll(/%[0-9A-F]{2}|\\u[0-9a-f]{4}/g, (code) => (code.startsWith("%") ? code.toLowerCase() : `\\u${code.slice(2).toUpperCase()}`))
const unicode = (text: string): string => escaped(JSON.stringify(text).slice(1, -1), /[^\x20-\x7e]/g, (unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
const run = (program: string, ...args: string[]): Buffer => execFileSync(program, args)

describe("variants", () => {
  it.each<[string, string, string | Buffer]>([
    ["JSON", STRANGE, JSON.stringify(STRANGE).slice(1, -1)],
    ["JSON with slashes escaped", STRANGE, JSON.stringify(STRANGE).slice(1, -1).replaceAll("/", "\\/")],
    ["JSON in ASCII", STRANGE, unicode(STRANGE)],
    ["JSON in ASCII with slashes escaped", STRANGE, unicode(STRANGE).replaceAll("/", "\\/")],
    ["JSON in ASCII, codes in upper case", STRANGE, upperCodes(unicode(STRANGE))],
    ["JSON kept out of HTML's way", STRANGE, escaped(JSON.stringify(STRANGE).slice(1, -1), /[<>&]/g, (unit) => `\\u00${unit.toString(16)}`)],
    ["JSON of control characters", "a\u0001b\u001fc\bdefgh", JSON.stringify("a\u0001b\u001fc\bdefgh").slice(1, -1)],
    ["encodeURIComponent", STRANGE, encodeURIComponent(STRANGE)],
    ["encodeURIComponent, codes in lower case", STRANGE, upperCodes(encodeURIComponent(STRANGE))],
    ["encodeURI", STRANGE, encodeURI(STRANGE)],
    ["a form", STRANGE, new URLSearchParams({ v: STRANGE }).toString().slice(2)],
    ["a query", STRANGE, querystringEscape(STRANGE)],
    ["every byte in percent", STRANGE, escaped(Buffer.from(STRANGE).toString("latin1"), /[^]/g, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)],
    ["HTML", STRANGE, STRANGE.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;")],
    ["XML", STRANGE, STRANGE.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("'", "&apos;")],
    ["single quotes of a shell", STRANGE, STRANGE.replaceAll("'", "'\\''")],
    ["double quotes of a shell", STRANGE, STRANGE.replaceAll(/["\\$`]/g, "\\$&")],
    ["a string of Node's inspect", "it's \"so\"\n\\ `é`", inspect("it's \"so\"\n\\ `é`").slice(1, -1)],
    ["hex", STRANGE, Buffer.from(STRANGE).toString("hex")],
    ["hex in upper case", STRANGE, Buffer.from(STRANGE).toString("hex").toUpperCase()],
    ["UTF-16, little end first", STRANGE, Buffer.from(STRANGE, "utf16le")],
    ["UTF-16, big end first", STRANGE, Buffer.from(STRANGE, "utf16le").swap16()],
    ["newlines as CRLF", WORDS, WORDS.replaceAll(/\r?\n/g, "\r\n")],
    ["newlines as LF", WORDS, WORDS.replaceAll(/\r?\n/g, "\n")],
    ["newlines as blanks", WORDS, WORDS.replaceAll(/\r?\n/g, " ")],
    ["white space as single blanks", WORDS, WORDS.replaceAll(/\s+/g, " ")],
    ["newlines as two characters", WORDS, WORDS.replaceAll(/\r?\n/g, "\\n")],
    ["newlines in percent", WORDS, WORDS.replaceAll(/\r?\n/g, "%0A")],
    ["a job's command", "100%\r\nsure, yes", "100%25%0D%0Asure, yes"],
    ["without its newline", "a-value-of-a-file\n", "a-value-of-a-file"],
    ["trimmed", "  a value with blanks \t", "a value with blanks"],
    ["without its quotes", "'quoted-value'", "quoted-value"],
    ["a line", WORDS, "second-line 2"],
    ["a line as JSON", 'x\n{"key": "of-a-line"}', JSON.stringify('{"key": "of-a-line"}').slice(1, -1)],
  ])("mask a value as %s", (_form, value, text) => {
    expect(isMasked(value, text)).toBe(true)
  })

  it("mask base64 wherever the value lies in what was encoded, in both alphabets, but for the characters it shares", () => {
    const value = Buffer.from("\xfb\xff\xfe>>>???~~~-secret", "latin1")
    for (const before of ["", "u", "us", "user:"])
      for (const after of ["", "\n", "@h", "@ho"])
        for (const encoding of ["base64", "base64url"] as const) {
          const text = Buffer.concat([Buffer.from(before), value, Buffer.from(after)]).toString(encoding)
          const first = Math.ceil((before.length * 8) / 6)
          const last = Math.floor(((before.length + value.length) * 8) / 6)
          const begin = `${text.slice(0, first)}[REDACTED:SECRET_T]`
          // A shared character may happen to be the one that stands there when nothing follows.
          expect(after === "" ? [begin] : [begin + text.slice(last), begin + text.slice(last + 1)]).toContain(mask(value, text))
        }
  })

  it("are what bash prints of a value, traced or quoted", () => {
    for (const value of [STRANGE, "a'b c\nd\te\\f", "tab\tand\u0001control", "$(x) `y` \"z\""]) {
      const script = 'set -x; : "$1"; set +x; printf "%s" "${1@Q}" >&2; printf "%q" "$1" >&2'
      for (const locale of ["C", "C.UTF-8"]) {
        const printed = execFileSync("bash", ["-c", `exec 2>&1; ${script}`, "bash", value], { env: { PATH: process.env.PATH, LC_ALL: locale } })
        expect(mask(value, printed).match(/\[REDACTED:SECRET_T\]/g)).toHaveLength(3)
      }
    }
  })

  it("are what openssl, xxd and od-like tools print in one line", () => {
    expect(isMasked("a-secret-of-22-letters", run("bash", "-c", "printf %s a-secret-of-22-letters | base64 | tr -d '\\n'"))).toBe(true)
  })

  it("are never shorter than six bytes, and there are none of a value below eight or of blanks", () => {
    const lengths = allPatterns([{ name: "T", value: '"ab"    \n' }, { name: "T", value: "'1234567'" }, { name: "T", value: "x\ny\nz\nzz zz" }]).map(({ bytes }) => bytes.length)
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(6)
    expect(createRedactor([{ name: "T", value: "         " }]).warnings).toEqual([{ name: "T", reason: "weak_value" }])
    expect(mask("1234567", Buffer.from("1234567").toString("hex"))).toBe("31323334353637")
  })
})
