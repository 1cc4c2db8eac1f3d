import { describe, expect, it } from "vitest"
import type { EnvFormat } from "./env-format.ts"
import { readEnvFile } from "./read-env-file.ts"

const read = (text: string, format: EnvFormat) => {
  const entries = readEnvFile(text, format)
  return entries === null ? null : Object.fromEntries(entries.map(({ key, value }) => [key, value]))
}

// Of the other formats, test/envfile asks the readers themselves. Compose is not to be had there: these are the rules of
// compose-go 2.13 (dotenv/parser.go), each once.
describe("reading as Docker Compose does", () => {
  it.each<[string, Record<string, string> | null]>([
    ["", {}],
    ["\ufeff\r\n # c\nK=v", { K: "v" }],
    ["K=a b # c\nL=a#b\nM= x \t\r\n", { K: "a b", L: "a#b", M: "x" }],
    ["K=\nL= \nM", { K: "", L: "" }],
    ["K = v\nL: w\nM.n-o[0]=x", { K: "v", L: "w", "M.n-o[0]": "x" }],
    ["export K=v\nexport\tL='w'\nexportM=x", { K: "v", L: "w", exportM: "x" }],
    ["K=1\nK=2", { K: "2" }],
    ["A B=1", null],
    ["A$=1", null],
    ["K\nL=1", { L: "1" }],
    ["K='a' # c\nL=\"b\" # c", { K: "a", L: "b" }],
    ["K='a\nb'L=1", { K: "a\nb", L: "1" }],
    ["K='a\\nb$c\\'d\\\\'", { K: "a\\nb$c'd\\\\" }],
    ["K='a\\'", null],
    ["K='a\\\\'\nL=1", { K: "a\\\\", L: "1" }],
    [String.raw`K="a\"b\\c\$d\ne\rf\tg\a\b\f\v"`, { K: 'a"b\\c$d\ne\rf\tg\u0007\b\f\v' }],
    [String.raw`K="\'\x41\c\0101\012\0\08"`, { K: String.raw`\'\x41\cA\12\\8` }],
    [String.raw`K="\\n\\\\n"`, { K: String.raw`\n\\n` }],
    ['K="a\nb"', { K: "a\nb" }],
    ['K="a', null],
    ["K=a$$b\nL=\"$$\"\nM='$$'", { K: "a$b", L: "$", M: "$$" }],
    ["K=a$b", null],
    ['K="${b}"', null],
    ["K=$", null],
    ["K=\u0085\u00a0v\u3000", { K: "v" }],
    ["K=`a b`", { K: "`a b`" }],
    ["VALUE", {}],
  ])("makes of %j what the other does", (text, expected) => {
    expect(read(text, "compose")).toEqual(expected)
  })
})

describe("reading as a shell does, as far as a file only assigns", () => {
  it.each(["A=$B", "A=`id`", "A=\"$B\"", "A=~", "A=x:~", "A=(1)", "A+=1", "A=1;B=2", "A=1 id", "id", "A=1 export B=2", "export", "export -p", "A='", 'A="', "A=$'x'", "A=x&", "A=<x", "\ufeffA=1", "A=\0", "RANDOM=1", "A=\u00a0"])("makes nothing of %j", (text) => {
    expect(read(text, "sh")).toBeNull()
  })
})

describe("reading JSON", () => {
  it.each<[string, Record<string, string> | null]>([
    ['{"A":"1","A":"2"}', { A: "2" }],
    ['{"A":1}', null],
    ['["A"]', null],
    ["null", null],
    ["{", null],
    ['\ufeff{"A":"1"}', null],
  ])("makes of %j what JSON.parse does, if it is names and texts", (text, expected) => {
    expect(read(text, "json")).toEqual(expected)
  })
})

describe("reading as systemd does", () => {
  it.each<[string, Record<string, string> | null]>([
    ["# c \\\nK=1", null],
    ["# c \\\\\nK=1", { K: "1" }],
    ["; c \\", {}],
    ["A=\ufffe", null],
    ["A=\0", null],
    ["export A=1\nB=1", { B: "1" }],
  ])("makes of %j what every version does, or nothing", (text, expected) => {
    expect(read(text, "systemd")).toEqual(expected)
  })
})
