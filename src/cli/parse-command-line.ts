import { parseArgs } from "node:util"
import { SecretError } from "../base/errors.ts"
import type { CommandSpec, OptionSpec } from "./command.ts"
import { createOptions, type Options } from "./options.ts"

export interface ParsedLine {
  spec: CommandSpec
  args: readonly string[]
  options: Options
}

/** Options that every command has. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  json: { type: "boolean", about: "print data as JSON" },
  help: { type: "boolean", short: "h", about: "print this help" },
}

export const optionsOf = (spec: CommandSpec): Readonly<Record<string, OptionSpec>> => ({ ...spec.options, ...COMMON_OPTIONS })

/**
 * Finds the command and reads its arguments. No message repeats what was typed: it may be a value in the wrong place.
 * @throws SecretError `invalid_argument`
 */
export const parseCommandLine = (argv: readonly string[], commands: readonly CommandSpec[]): ParsedLine => {
  const spec = findCommand(argv, commands)
  const words = spec.name.split(" ").length
  const { tokens } = parseArgs({
    args: argv.slice(words),
    options: Object.fromEntries(Object.entries(optionsOf(spec)).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short !== undefined && { short }), ...(multiple !== undefined && { multiple }) },
    ])),
    strict: false,
    tokens: true,
  })
  const values = new Map<string, string | boolean | string[]>()
  const args: string[] = []
  for (const token of tokens) {
    if (token.kind === "positional") args.push(token.value)
    else if (token.kind === "option") addOption(values, spec, token)
  }
  const options = createOptions(values)
  if (!options.flag("help")) assertArguments(spec, args)
  return { spec, args, options }
}

const MAX_WORDS = 4

/** The longest name that the line begins with. */
const findCommand = (argv: readonly string[], commands: readonly CommandSpec[]): CommandSpec => {
  const starts = Array.from({ length: MAX_WORDS }, (_, at) => (argv.length === 0 ? ["help"] : argv).slice(0, MAX_WORDS - at).join(" "))
  const found = starts.map((start) => commands.find(({ name }) => name === start)).find((spec) => spec !== undefined)
  if (found !== undefined) return found
  const group = starts.find((start) => commands.some(({ name }) => name.startsWith(`${start} `)))
  if (group === undefined) throw new SecretError("invalid_argument", "there is no such command", { help: "Run `sotto help` for the list." })
  throw new SecretError("invalid_argument", `sotto ${group} needs one of: ${nextWords(commands, group).join(", ")}`, { help: `Run: sotto help ${group}` })
}

/** What may follow the first words of a command, each once. */
export const nextWords = (commands: readonly CommandSpec[], start: string): string[] => [
  ...new Set(commands.filter(({ name }) => name.startsWith(`${start} `)).map(({ name }) => name.slice(start.length + 1).split(" ")[0] as string)),
]

interface OptionToken {
  name: string
  rawName: string
  value?: string | undefined
  inlineValue?: boolean | undefined
}

const PLAIN_OPTION = /^--?[a-z][a-z-]*$/

const addOption = (values: Map<string, string | boolean | string[]>, spec: CommandSpec, token: OptionToken): void => {
  const option = optionsOf(spec)[token.name]
  const shown = PLAIN_OPTION.test(token.rawName) ? token.rawName : "that was given"
  if (option === undefined) throw usage(spec, `there is no option ${shown}`)
  if (option.type === "boolean") {
    if (token.value !== undefined) throw usage(spec, `the option ${shown} takes no value`)
    values.set(token.name, true)
    return
  }
  const isMissing = token.value === undefined || (token.inlineValue !== true && token.value.length > 1 && token.value.startsWith("-"))
  if (isMissing) throw usage(spec, `the option ${shown} needs a value`, token.value === undefined || !shown.startsWith("--") ? undefined : `A value that begins with a dash is written ${shown}=VALUE`)
  const value = token.value as string
  if (option.multiple) values.set(token.name, [...((values.get(token.name) as string[] | undefined) ?? []), value])
  else if (values.has(token.name)) throw usage(spec, `the option ${shown} is given twice`)
  else values.set(token.name, value)
}

const assertArguments = (spec: CommandSpec, args: readonly string[]): void => {
  const missing = spec.args.filter(({ isOptional }) => isOptional !== true)[args.length]
  if (missing !== undefined) throw usage(spec, `${missing.name} is missing`)
  if (args.length > spec.args.length && spec.args.at(-1)?.isRepeated !== true) throw usage(spec, spec.name === "set" ? VALUE_IN_ARGV : "there are too many arguments")
}

const VALUE_IN_ARGV = "a value on the command line is refused: other processes and the shell's history would see it"

const usage = (spec: CommandSpec, message: string, hint?: string): SecretError => {
  const isValue = message === VALUE_IN_ARGV
  const help = isValue ? "Leave it away and you are asked for it, or use --stdin, --value-from-env or --generate." : (hint ?? `Run: sotto ${spec.name} --help`)
  return new SecretError("invalid_argument", message, { help })
}
