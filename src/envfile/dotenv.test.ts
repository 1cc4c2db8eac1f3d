import { parse } from "dotenv"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseDotenv } from "./parse-dotenv.ts"
import { renderDotenv } from "./render-dotenv.ts"

const read = (text: string): Record<string, string> => Object.fromEntries(parseDotenv(text).entries)

/** Text out of the pieces that the format gives a meaning to. */
const pieces = ["'", '"', "`", "\\", "\\n", "\\r", "\n", "\r", "\r\n", "#", "=", ":", " ", "\t", "$", "export ", "A", "B", "c.d-e", "é", "\u2028", "\ufeff", "x", ""]
const text = fc.array(fc.constantFrom(...pieces, "A=", "\nB=", "\nB: "), { maxLength: 24 }).map((parts) => parts.join(""))
const value = fc.oneof(text, fc.string({ unit: "binary", maxLength: 20 }), fc.string({ unit: "grapheme", maxLength: 20 }))
const name = fc.stringMatching(/^[A-Za-z_.-][\w.-]{0,8}$/).filter((each) => each !== "__proto__")

describe("reading a dotenv file", () => {
  it("gives what the dotenv package gives, whatever the text", () => {
    fc.assert(
      fc.property(text, (file) => {
        expect(read(file)).toEqual(parse(file))
      }),
      { numRuns: 3_000 },
    )
  })
  it.each([
    ["a comment behind a value", "A=1 # one\n#B=2\nC='x # y' # z", { A: "1", C: "x # y" }],
    ["export, blanks and colons", "export A = 1\n  B: 2", { A: "1", B: "2" }],
    ["several lines in quotes", 'KEY="-----BEGIN\nabc\n-----END"\nB=2', { KEY: "-----BEGIN\nabc\n-----END", B: "2" }],
    ["line ends in double quotes alone", "A=\"x\\ny\"\nB='x\\ny'", { A: "x\ny", B: "x\\ny" }],
    ["the last of two of a name", "A=1\nA=2", { A: "2" }],
    ["a backslash before a quote", "A='a\\' # b'", { A: "a\\' # b" }],
    ["a quote that nothing closes", "A='x\nB=2", { A: "'x", B: "2" }],
    ["nothing", "", {}],
  ])("knows %s", (_what, file, expected) => {
    expect(read(file)).toEqual(expected)
    expect(parse(file)).toEqual(expected)
  })
  it("tells which lines it did not understand", () => {
    expect(parseDotenv("A=1\nnot a pair\n\n# fine\nB='x\ny'\n= 3\n").ignoredLines).toEqual([2, 7])
  })
})

describe("writing a dotenv file", () => {
  it("is read back exactly by the dotenv package, or names what it refuses", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value), { maxLength: 6, selector: ([key]) => key }), (entries) => {
        const carried = entries.filter((entry) => isCarried(entry))
        const file = renderDotenv(carried)
        expect(parse(file)).toEqual(Object.fromEntries(carried))
        expect(read(file)).toEqual(Object.fromEntries(carried))
      }),
      { numRuns: 3_000 },
    )
  })
  it.each([
    ["sk_live-1", "sk_live-1"],
    ["", ""],
    ["a b", "'a b'"],
    ["it's", '"it\'s"'],
    [`it's "$x"`, '`it\'s "$x"`'],
    ["two\nlines", "'two\nlines'"],
    ["dos\r\nlines", '"dos\\r\nlines"'],
    ["C:\\dir\\", "C:\\dir\\"],
  ])("writes %j as %j", (plain, written) => {
    expect(renderDotenv([["K", plain]])).toBe(`K=${written}\n`)
  })
  it("refuses by name, and without the value, what the format cannot carry", () => {
    const entries = [["GOOD", "x"], ["ALL_QUOTES", "'\"`# canary"], ["no name", "x"], ["__proto__", "x"]] as const
    expect(() => renderDotenv(entries)).toThrow("a dotenv file cannot carry ALL_QUOTES, no name, __proto__ exactly")
  })
})

const isCarried = (entry: readonly [string, string]): boolean => {
  try {
    renderDotenv([entry])
    return true
  } catch {
    return false
  }
}
