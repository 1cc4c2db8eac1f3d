import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isSecretError } from "../base/errors.ts"
import { keysOutside, putBlock, readBlock, removeBlock } from "./env-block.ts"

const lines = fc.array(fc.constantFrom("A=1", "# theirs", "", " ", "\t#", "\r", "B='x\ny'", "# sott", "sotto begin", "C=# sotto end", "\u2028# sotto end", "é", "\ufeff"), { maxLength: 8 })
const theirs = fc.tuple(lines, fc.constantFrom("\n", "\r\n"), fc.constantFrom("", "\n", "\r\n", "\r")).map(([each, between, last]) => each.join(between) + last)
const ours = fc.array(fc.constantFrom("K=1", "L='x\ny'", "M=\\"), { maxLength: 4 }).map((each) => each.map((line) => `${line}\n`).join(""))

const errorOf = (action: () => unknown) => {
  try {
    action()
  } catch (error) {
    if (isSecretError(error)) return error
  }
  throw new Error("nothing was thrown")
}

describe("a block in a file that others write too", () => {
  it("is read as it was put, and taken out it leaves the file byte for byte as it was", () => {
    fc.assert(
      fc.property(theirs, ours, ours, (file, first, second) => {
        const once = putBlock(file, first)
        expect([readBlock(once), removeBlock(once)]).toEqual([first, file])
        expect(putBlock(once, second)).toBe(putBlock(file, second))
        expect(once.startsWith(file)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
  it("is made last again when others wrote behind it, and their lines stay lines", () => {
    expect(putBlock(`${putBlock("A=1", "K=1\n")}B=2`, "K=2\n").replaceAll(/# sotto (begin|end).*/g, "# $1")).toBe("A=1\nB=2\n# begin\nK=2\n# end\n")
    expect(removeBlock(`${putBlock("A=1", "K=1\n")}B=2`)).toBe("A=1\nB=2")
  })
  it("is found where an editor gave the file other line ends, and where the last one went", () => {
    const dos = putBlock("A=1", "K=1\n").replaceAll("\n", "\r\n")
    expect([readBlock(dos), removeBlock(dos)]).toEqual(["K=1\r\n", "A=1"])
    expect(removeBlock(putBlock("A=1\n", "K=1\n").trimEnd())).toBe("A=1\n")
    expect(removeBlock(putBlock("A=1", "K=1\n").replace(")\n", ")\r\n"))).toBe("A=1\n")
  })
  it("is not there in a file that nobody put it in", () => {
    expect([readBlock("A=1\n"), removeBlock("A=1"), readBlock("")]).toEqual([null, "A=1", null])
  })

  const whole = putBlock("A=1\n", "K=s3cr3t-VALUE-9\n")
  const [begin = ""] = /^# sotto begin.*\n/m.exec(whole) ?? []
  it.each([
    ["has no end", whole.replace("# sotto end\n", "")],
    ["has no beginning", whole.replace(begin, "")],
    ["is there twice", whole + whole],
    ["ends before it begins", `# sotto end\n${begin}`],
    ["has a mark that someone changed", whole.replace("replaced as a whole", "mine now")],
    ["has a mark that someone moved right", whole.replace("# sotto end", "  # sotto end")],
    ["has a mark that someone continued", whole.replace("# sotto end", "# sotto end \\")],
  ])("is refused with a next step, and without its lines, where it %s", (_what, file) => {
    for (const action of [() => readBlock(file), () => removeBlock(file), () => putBlock(file, "K=2\n"), () => keysOutside(file, "dotenv")]) {
      const { code, message, help } = errorOf(action)
      expect([code, message, help?.startsWith("Put the two marks back")]).toEqual(["invalid_argument", "the marks of the block in this file are damaged, alone or doubled", true])
    }
  })
  it("takes no line that reads like a mark: a value cannot end the block it stands in", () => {
    const { code, message, help } = errorOf(() => putBlock("A=1\n", "K='s3cr3t-VALUE-9\n# sotto end\n'\n"))
    expect([code, message, help]).toEqual(["invalid_argument", "a value has a line that reads like a mark of the block that it would stand in", "Deliver to a file of its own."])
  })
  it("tells keys that stand outside of it too, by the format's reader", () => {
    const file = `export A=1\nK=old\n${putBlock("", "K=new\nL=1\n")}B: 2\n`
    expect(keysOutside(file, "dotenv")).toEqual(["A", "K", "B"])
    expect(keysOutside(file, "systemd")).toEqual(["K"])
    expect(keysOutside(file, "docker")).toBeNull()
    expect(errorOf(() => keysOutside("{}", "json")).code).toBe("not_supported")
  })
})
