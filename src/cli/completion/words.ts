import type { CommandSpec } from "../command.ts"
import { optionsOf } from "../parse-command-line.ts"

/** First words of commands, each once. */
export const firstWords = (commands: readonly CommandSpec[]): string[] => [...new Set(commands.map(({ name }) => name.split(" ")[0] as string))]

/** Second words by first word. */
export const groups = (commands: readonly CommandSpec[]): Map<string, string[]> => {
  const found = new Map<string, string[]>()
  for (const { name } of commands) {
    const [first, second] = name.split(" ") as [string, string?]
    if (second !== undefined) found.set(first, [...(found.get(first) ?? []), second])
  }
  return found
}

export const longOptions = (spec: CommandSpec): string[] => Object.keys(optionsOf(spec)).map((name) => `--${name}`)

export const completesFile = (spec: CommandSpec): boolean => spec.args.some(({ completes }) => completes === "file")

/** Words that an argument of the command may be. */
export const argumentWords = (spec: CommandSpec): readonly string[] =>
  spec.args.flatMap(({ completes }) => (completes === undefined || completes === "file" ? [] : completes))

/** Options whose value is one of a few words. */
export const optionWords = (spec: CommandSpec): [option: string, words: readonly string[]][] =>
  Object.entries(optionsOf(spec)).flatMap(([name, { values }]) => (values === undefined ? [] : [[`--${name}`, values]]))
