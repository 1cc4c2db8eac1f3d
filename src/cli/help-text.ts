import type { CommandSpec, OptionSpec } from "./command.ts"
import { optionsOf } from "./parse-command-line.ts"

const WIDTH = 100

/** The help of one command, made from its spec. */
export const helpOf = (spec: CommandSpec): string => {
  const options = Object.entries(optionsOf(spec)).map(([name, option]): [string, string] => [optionLabel(name, option), option.about])
  const notes = (spec.notes ?? []).map((note) => `\n${wrap(note, 0)}\n`)
  return [`${usageOf(spec)}\n\n${capital(spec.summary)}.\n`, ...notes, `\nOptions:\n${columns(options)}\n`].join("")
}

/** Every command with its summary. */
export const overview = (commands: readonly CommandSpec[]): string => {
  const rows = commands.map((spec): [string, string] => [[spec.name, ...spec.args.map(argumentLabel)].join(" "), spec.summary])
  return `sotto: keep secrets encrypted, hand them over, see who used them\n\n${columns(rows)}\n\nsotto help COMMAND says more.\n`
}

export const usageOf = (spec: CommandSpec): string =>
  ["Usage: sotto", spec.name, ...spec.args.map(argumentLabel), "[options]"].join(" ")

const argumentLabel = ({ name, isOptional, isRepeated }: CommandSpec["args"][number]): string => {
  const label = isRepeated ? `${name}...` : name
  return isOptional ? `[${label}]` : label
}

const optionLabel = (name: string, { short, placeholder, multiple }: OptionSpec): string => {
  const long = `--${name}${placeholder === undefined ? "" : ` ${placeholder}`}${multiple ? " ..." : ""}`
  return short === undefined ? `    ${long}` : `-${short}, ${long}`
}

const columns = (rows: readonly (readonly [string, string])[]): string => {
  const indent = Math.max(...rows.map(([label]) => label.length)) + 4
  return rows.map(([label, text]) => `  ${label.padEnd(indent - 2)}${wrap(text, indent)}`).join("\n")
}

/** Breaks between words; every line but the first begins with `indent` blanks. */
const wrap = (text: string, indent: number): string => {
  const lines = [""]
  for (const word of text.split(" ")) {
    const line = lines.at(-1) as string
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) lines.push(word)
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`
  }
  return lines.join(`\n${" ".repeat(indent)}`)
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
