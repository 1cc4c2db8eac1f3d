import { describe, expect, it } from "vitest"
import type { CommandSpec } from "./command.ts"
import { groups } from "./completion/words.ts"
import { parseCommandLine } from "./parse-command-line.ts"

const command = (name: string): CommandSpec => ({ name, summary: name, args: [{ name: "X", isOptional: true }], options: {}, load: async () => async () => undefined })

const COMMANDS = ["help", "get", "keyring rotate", "provider op vault list", "provider op item list", "provider op item create", "provider"].map(command)

const found = (...argv: string[]): [string, readonly string[]] => {
  const { spec, args } = parseCommandLine(argv, COMMANDS)
  return [spec.name, args]
}

describe("finding a command of several words", () => {
  it("takes the longest name that the line begins with, and the rest as arguments", () => {
    expect(found("provider", "op", "vault", "list", "a")).toEqual(["provider op vault list", ["a"]])
    expect(found("provider", "x")).toEqual(["provider", ["x"]])
    expect(found("keyring", "rotate")).toEqual(["keyring rotate", []])
    expect(found()).toEqual(["help", []])
  })

  it("says what may follow, and repeats nothing that is no word of a command", () => {
    const commands = COMMANDS.slice(0, -1)
    const fault = (...argv: string[]) => () => parseCommandLine(argv, commands)
    expect(fault("provider")).toThrow("sotto provider needs one of: op")
    expect(fault("provider", "op", "hunter2")).toThrow("sotto provider op needs one of: vault, item")
    expect(fault("provider", "op", "item", "hunter2", "x")).toThrow("sotto provider op item needs one of: list, create")
    expect(fault("hunter2")).toThrow("there is no such command")
  })

  it("is completed word by word", () => {
    expect([...groups(COMMANDS)]).toEqual([
      ["keyring", ["rotate"]],
      ["provider", ["op"]],
      ["provider op", ["vault", "item"]],
      ["provider op vault", ["list"]],
      ["provider op item", ["list", "create"]],
    ])
  })
})
