import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isSecretError } from "../../base/errors.ts"
import { decideExec, isPrinter } from "./decide-exec.ts"
import type { ExecRule } from "./policy-shape.ts"

const rule = (program: string, args: string[] = [], network: ExecRule["network"] = "none"): ExecRule => ({ program, args, network })
const covers = (args: string[], given: string[]): boolean => {
  try {
    decideExec(["/usr/bin/git", ...given], [rule("/usr/bin/git", args)])
    return true
  } catch (error) {
    expect(isSecretError(error) && error.code).toBe("forbidden")
    return false
  }
}

describe("a command and the rules of a policy", () => {
  it("is covered by the first rule that names its program and each of its arguments", () => {
    const rules = [rule("/usr/bin/git", ["fetch"]), rule("/usr/bin/git", ["push", "*"], "host"), rule("/usr/bin/git", ["push", "origin"])]
    expect(decideExec(["/usr/bin/git", "push", "origin"], rules)).toBe(rules[1])
  })

  it.each([
    ["/usr/bin/git2"], ["/usr/bin/gi"], ["git"], ["./git"], ["/usr/bin/../bin/git"], ["//usr/bin/git"], ["/usr/bin/git/"], ["/usr/bin/GIT"], ["/usr/bin/git "], ["/bin/git"], [""],
  ])("%j is not /usr/bin/git", (program) => {
    expect(() => decideExec([program], [rule("/usr/bin/git")])).toThrow("its policy does not allow this program")
  })

  it("no command, no rules, no arguments where none are named", () => {
    expect(() => decideExec([], [rule("/usr/bin/git")])).toThrow(/does not allow/)
    expect(() => decideExec(["/usr/bin/git"], [])).toThrow(/does not allow/)
    expect([covers([], []), covers([], ["fetch"]), covers([], [""]), covers(["fetch"], [])]).toEqual([true, false, false, false])
  })

  it("a star stays within its argument, and three dots stand for any further arguments at the end alone", () => {
    expect([covers(["*"], ["a b\nc"]), covers(["*"], [""]), covers(["*"], []), covers(["*"], ["a", "b"])]).toEqual([true, true, false, false])
    expect([covers(["a", "..."], ["a"]), covers(["a", "..."], ["a", "b", "--c"]), covers(["a", "..."], ["b"]), covers(["..."], [])]).toEqual([true, true, false, true])
    expect([covers(["...", "a"], ["x", "y", "a"]), covers(["...", "a"], ["...", "a"])]).toEqual([false, true])
  })

  it("text is text: what commands regular expressions and globs commands nothing here", () => {
    for (const [pattern, arg] of [[".+", "xx"], ["[a-z]", "b"], ["a?", "a"], ["$(id)", "0"], ["(a|b)", "a"], ["A", "a"]]) expect(covers([pattern as string], [arg as string])).toBe(false)
    expect(covers(["--file=*.json"], ["--file=a.json"])).toBe(true)
    expect(covers(["ab*ba"], ["aba"])).toBe(false)
  })

  it("agrees with a regular expression over any pattern, and a long pattern takes no longer", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 })
    const plain = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 })
    fc.assert(fc.property(text.filter((each) => each !== ""), plain, (pattern, arg) => covers([pattern], [arg]) === new RegExp(`^${pattern.replaceAll("*", "[^]*")}$`).test(arg)), { numRuns: 2_000 })
    expect(covers([`${"*a".repeat(500)}b`], ["a".repeat(8_000)])).toBe(false)
  })

  it("a refusal repeats no argument", () => {
    const refusal = (given: string[]): unknown => {
      try {
        return decideExec(given, [rule("/usr/bin/git", ["fetch", "from-the-policy"])])
      } catch (error) {
        return error
      }
    }
    for (const error of [refusal(["/usr/bin/git", "hunter2-hunter2"]), refusal(["/bin/sh", "hunter2-hunter2"])])
      expect(JSON.stringify([(error as Error).message, (error as { details: unknown }).details, (error as { help: unknown }).help])).not.toMatch(/hunter2|from-the-policy/)
  })

  it("knows programs that can print whatever they are given", () => {
    for (const program of ["/usr/bin/env", "/usr/bin/printenv", "/bin/sh", "/bin/bash", "/usr/local/bin/node", "/usr/bin/node22", "/usr/bin/python3.12", "/usr/bin/perl5.36", "/usr/bin/ruby3.1", "/bin/busybox", "/usr/bin/pwsh", "/usr/bin/lua5.4", "/usr/bin/xargs", "/usr/bin/jq", "/usr/bin/envsubst", "/usr/bin/make", "/usr/bin/sudo", "/usr/bin/timeout", "/usr/bin/npx"])
      expect([program, isPrinter(program)]).toEqual([program, true])
    for (const program of ["/usr/bin/git", "/usr/bin/psql", "/opt/env/deploy", "/usr/bin/nodemon", "/usr/bin/shasum", "/usr/bin/pythonic", "/usr/bin/cmake", "/usr/bin/timeoutd", "/usr/bin/npm-check"]) expect([program, isPrinter(program)]).toEqual([program, false])
  })
})
