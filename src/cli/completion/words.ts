import type { CommandSpec } from "../command.ts"
import { nextWords, optionsOf } from "../parse-command-line.ts"

/** First words of commands, each once. */
export const firstWords = (commands: readonly CommandSpec[]): string[] => [...new Set(commands.map(({ name }) => name.split(" ")[0] as string))]

/** What may follow, by the words before: of `provider op vault list`, `op` by `provider`, `vault` by `provider op`. */
export const groups = (commands: readonly CommandSpec[]): Map<string, string[]> => {
  const starts = commands.flatMap(({ name }) => name.split(" ").slice(0, -1).map((_, at, words) => words.slice(0, at + 1).join(" ")))
  return new Map([...new Set(starts)].map((start) => [start, nextWords(commands, start)]))
}

export const longOptions = (spec: CommandSpec): string[] => Object.keys(optionsOf(spec)).map((name) => `--${name}`)

export const completesFile = (spec: CommandSpec): boolean => spec.args.some(({ completes }) => completes === "file")

/** Words that an argument of the command may be. */
export const argumentWords = (spec: CommandSpec): readonly string[] =>
  spec.args.flatMap(({ completes }) => (completes === undefined || completes === "file" ? [] : completes))

/** Options whose value is one of a few words. */
export const optionWords = (spec: CommandSpec): [option: string, words: readonly string[]][] =>
  Object.entries(optionsOf(spec)).flatMap(([name, { values }]) => (values === undefined ? [] : [[`--${name}`, values]]))
