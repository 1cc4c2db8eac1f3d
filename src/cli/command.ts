import type { Options } from "./options.ts"
import type { Screen } from "./screen.ts"

export type Environment = Readonly<Record<string, string | undefined>>

export interface OptionSpec {
  type: "boolean" | "string"
  short?: string
  /** May be given several times. */
  multiple?: boolean
  /** What stands for the value in usage lines. */
  placeholder?: string
  about: string
  /** For completion. */
  values?: readonly string[]
}

export interface ArgumentSpec {
  name: string
  isOptional?: boolean
  /** Takes all that follows; the last one only. */
  isRepeated?: boolean
  /** For completion: a path, or one of these words. */
  completes?: "file" | readonly string[]
}

/** What a command is, apart from what it does: help, completion and the parser read this, and nothing heavy is loaded for it. */
export interface CommandSpec {
  /** One to four words: `get`, `keyring rotate`, `provider op vault list`. */
  name: string
  summary: string
  args: readonly ArgumentSpec[]
  options: Readonly<Record<string, OptionSpec>>
  /** What help says below the options. */
  notes?: readonly string[]
  load: () => Promise<CommandRun>
}

/** @returns the exit code; nothing for 0 */
export type CommandRun = (call: Call) => Promise<number | void>

/** One run of a command. */
export interface Call {
  env: Environment
  args: readonly string[]
  options: Options
  screen: Screen
  commands: readonly CommandSpec[]
  /** Aborted by Ctrl-C, where the command asked to be told: `onInterrupt`. */
  onInterrupt: (stop: () => void) => void
}
