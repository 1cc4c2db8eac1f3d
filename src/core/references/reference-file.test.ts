import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseReferenceFile } from "./reference-file.ts"

const faultOf = (text: string): string => {
  try {
    parseReferenceFile(text, ".sotto/env")
  } catch (error) {
    return (error as Error).message + JSON.stringify(error)
  }
  throw new Error("nothing was refused")
}

describe("a file of references with something else in it", () => {
  it.each([
    ["hunter2xyz", "line 2 is not NAME=reference"],
    ["KEY=hunter2xyz", "line 2 gives no reference"],
    ["KEY=", "line 2 gives no reference"],
    ["hunter2abc==", "line 2 gives no reference"],
    ["hunter2-xyz=env://A", "line 2 names no variable"],
    ["PATH=env://A", "line 2 names PATH, which cannot hold a secret"],
    ["SOTTO_TOKEN=env://A", "line 2 names SOTTO_TOKEN, which cannot hold a secret"],
    ["A=env://B", "line 2 names A a second time"],
  ])("is refused with the line and nothing of the text: %j", (line, message) => {
    const said = faultOf(`\ufeffA=env://A\n${line}`)
    expect(said).toContain(message)
    expect(said).not.toContain("hunter2")
  })

  it("never repeats what stands where a reference belongs", () => {
    fc.assert(fc.property(fc.stringMatching(/^[^\n\r]*$/), (text) => {
      expect(faultOf(`A=QZJX${text}`)).not.toContain("QZJX")
    }))
  })
})
