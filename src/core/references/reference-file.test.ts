import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseReferenceFile } from "./reference-file.ts"

const read = (text: string) => parseReferenceFile(text, { path: ".sotto/env" })

const refused = (text: string): Error => {
  try {
    read(text)
  } catch (error) {
    return error as Error
  }
  throw new Error("nothing was refused")
}

describe("a file of references", () => {
  it("has a line for each variable, comments, and a mark for what may be missing", () => {
    expect(read("\ufeff# for the app\r\nDB = keepass://local#db:password\r\n\n  API_KEY?=sotto://acme/API_KEY@2\nHASH=op://a/b#c/d\n")).toEqual([
      { name: "DB", reference: "keepass://local#db:password", file: false, required: true },
      { name: "API_KEY", reference: "sotto://acme/API_KEY@2", file: false, required: false },
      { name: "HASH", reference: "op://a/b#c/d", file: false, required: true },
    ])
    expect(read("")).toEqual([])
  })

  it("can be for files", () => {
    expect(parseReferenceFile("A=env://A", { path: "p", file: true })).toMatchObject([{ file: true }])
  })

  it.each([
    ["hunter2xyz", "line 2: this has not the form NAME=reference"],
    ["KEY=hunter2xyz", "line 2: what stands behind = is no reference"],
    ["KEY=", "line 2: what stands behind = is no reference"],
    ["hunter2abc==", "line 2: what stands behind = is no reference"],
    ["hunter2-xyz=env://A", "line 2: a variable has a name of letters"],
    ["export KEY=env://A", "line 2: a variable has a name of letters"],
    ["PATH=env://A", "line 2: PATH cannot hold a secret"],
    ["SOTTO_TOKEN=env://A", "line 2: SOTTO_TOKEN cannot hold a secret"],
    ["A=env://B", "line 2: A stands in line 1 already"],
  ])("refuses %j with its line and nothing of its text", (line, message) => {
    const error = refused(`A=env://A\n${line}`)
    expect(error).toMatchObject({ code: "invalid_argument" })
    expect(error.message).toContain(message)
    expect(error.message).not.toContain("hunter2")
  })

  it("never repeats what stands where a reference belongs", () => {
    fc.assert(fc.property(fc.stringMatching(/^[^\n\r]*$/), (text) => {
      expect(refused(`A=QZJX${text}`).message).not.toContain("QZJX")
    }))
  })
})
