import type { Call, CommandSpec, Environment } from "./command.ts"
import { parseCommandLine } from "./parse-command-line.ts"
import { reportError } from "./report-error.ts"
import { createScreen, type Screen } from "./screen.ts"

interface CommandLine {
  argv: readonly string[]
  env: Environment
  commands: readonly CommandSpec[]
  onInterrupt: Call["onInterrupt"]
}

/** Runs one command and says what went wrong. @returns the exit code */
export const runCommandLine = async (line: CommandLine): Promise<number> => {
  const screen = createScreen(line.argv.includes("--json"))
  try {
    return await runCommand(line, screen)
  } catch (error) {
    if (isReaderGone(error)) return 0
    return reportError(error, screen, line.env)
  }
}

const runCommand = async ({ argv, commands, ...rest }: CommandLine, screen: Screen): Promise<number> => {
  const { spec, args, options } = parseCommandLine(aliased(argv), commands)
  if (options.flag("help")) {
    const { helpOf } = await import("./help-text.ts")
    screen.write(helpOf(spec))
    return 0
  }
  const run = await spec.load()
  return (await run({ args, options, screen, commands, ...rest })) ?? 0
}

const ALIASES: Readonly<Record<string, string>> = { "--help": "help", "-h": "help", "--version": "version", "-v": "version", "-V": "version" }

const aliased = ([first, ...others]: readonly string[]): readonly string[] =>
  first === undefined ? ["help"] : [ALIASES[first] ?? first, ...others]

/** `sotto list | head -1`: who read has read enough. */
const isReaderGone = (error: unknown): boolean => (error as NodeJS.ErrnoException | null)?.code === "EPIPE"
