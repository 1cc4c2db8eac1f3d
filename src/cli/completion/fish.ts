import type { CommandSpec } from "../command.ts"
import { optionsOf } from "../parse-command-line.ts"
import { argumentWords, completesFile, firstWords, groups } from "./words.ts"

export const fishCompletion = (commands: readonly CommandSpec[]): string => {
  const lines = [
    "# fish completion for sotto",
    "complete -c sotto -f",
    ...firstWords(commands).map((word) => `complete -c sotto -n __fish_use_subcommand -a ${word}${about(commands, word)}`),
    ...[...groups(commands)].map(([start, next]) => `complete -c sotto -n ${quote(inGroup(start, next))} -a ${quote(next.join(" "))}`),
    ...commands.flatMap(commandLines),
  ]
  return `${lines.join("\n")}\n`
}

const about = (commands: readonly CommandSpec[], word: string): string => {
  const spec = commands.find(({ name }) => name === word)
  return spec === undefined ? "" : ` -d ${quote(spec.summary)}`
}

const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`

const seen = (start: string): string => start.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ")

const inGroup = (start: string, next: readonly string[]): string => `${seen(start)}; and not __fish_seen_subcommand_from ${next.join(" ")}`

const commandLines = (spec: CommandSpec): string[] => {
  const when = quote(seen(spec.name))
  const options = Object.entries(optionsOf(spec)).map(([name, option]) => {
    const short = option.short === undefined ? "" : ` -s ${option.short}`
    const value = option.type === "boolean" ? "" : ` -x${option.values === undefined ? "" : ` -a ${quote(option.values.join(" "))}`}`
    return `complete -c sotto -n ${when}${short} -l ${name}${value} -d ${quote(option.about)}`
  })
  const words = argumentWords(spec)
  return [
    ...options,
    ...(words.length === 0 ? [] : [`complete -c sotto -n ${when} -a ${quote(words.join(" "))}`]),
    ...(completesFile(spec) ? [`complete -c sotto -n ${when} -F`] : []),
  ]
}
