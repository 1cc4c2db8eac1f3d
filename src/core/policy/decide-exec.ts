import { SecretError } from "../../base/errors.ts"
import type { ExecRule } from "./policy-shape.ts"

/**
 * The rule that covers a command: the very program, and each argument by its pattern in its place, on this machine or in the
 * sandbox of the very environment.
 * @throws SecretError `forbidden` where none does; the message names the program alone
 */
export const decideExec = (command: readonly string[], everywhere: readonly ExecRule[], environment?: string): ExecRule => {
  const [program = "", ...args] = command
  const rules = everywhere.filter((each) => each.environment === environment)
  const rule = rules.find((each) => each.program === program && coversArgs(each.args, args))
  if (rule !== undefined) return rule
  const isKnown = rules.some((each) => each.program === program)
  throw new SecretError("forbidden", isKnown ? "its policy allows this program with other arguments only" : "its policy does not allow this program")
}

const coversArgs = (patterns: readonly string[], args: readonly string[]): boolean => {
  const isOpen = patterns.at(-1) === "..."
  const fixed = isOpen ? patterns.slice(0, -1) : patterns
  if (isOpen ? args.length < fixed.length : args.length !== fixed.length) return false
  return fixed.every((pattern, i) => coversArg(pattern, args[i] as string))
}

/** `*` stands for any characters. Without a regular expression: no pattern can take long. */
const coversArg = (pattern: string, arg: string): boolean => {
  const parts = pattern.split("*")
  if (parts.length === 1) return pattern === arg
  const [first = "", ...rest] = parts
  const last = rest.pop() ?? ""
  if (arg.length < first.length + last.length || !arg.startsWith(first) || !arg.endsWith(last)) return false
  let at = first.length
  const end = arg.length - last.length
  for (const part of rest) {
    const found = arg.indexOf(part, at)
    if (found === -1 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

const PRINTERS = new RegExp(
  `^(?:${[
    "env|printenv|export|set|declare|envsubst|busybox|toybox|(?:ba|da|z|fi|k|mk|c|tc|a|r|ya)?sh|pwsh|nu",
    "node|nodejs|deno|bun|tsx|ts-node|python|pypy|perl|ruby|php|lua|luajit|tclsh|R|Rscript|julia|osascript|[gmn]?awk|jq|gojq|jaq|yq",
    "npx|npm|pnpm|yarn|bunx|uvx?|pipx|g?make|just|xargs|find|parallel|watch|script|expect|timeout|nice|nohup|setsid|stdbuf|sudo|doas|su|runuser",
    "strace|ltrace|gdb|lldb",
  ].join("|")})[0-9.]*$`,
)

/** Programs that can print all they are given, whatever their arguments: worth a word to the person, and no wall. */
export const isPrinter = (program: string): boolean => PRINTERS.test(program.slice(program.lastIndexOf("/") + 1))
