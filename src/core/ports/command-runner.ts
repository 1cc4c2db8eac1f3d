import type { Redacted } from "../../base/redacted.ts"

/** A command for somebody who may not see what it is given. */
export interface CommandRun {
  /** An absolute path. Nothing passes a shell. */
  program: string
  args: readonly string[]
  cwd?: string
  stdin?: string
  /** The variable that each value goes into, and the name in its markers. */
  secrets: readonly { name: string; key: string; value: Redacted<string> }[]
  /** What it is not given, and could find all the same: masked in what it prints. */
  alsoMasked?: readonly { key: string; value: Redacted<string> }[]
  /** `none`: a network namespace of its own, with nothing in it. */
  network: "none" | "host"
  timeoutMs: number
  /** Of each stream, after it was redacted. */
  maxBytes: number
  signal?: AbortSignal
  /** Called once before it starts, with what has one value more masked from then on, until its end. */
  onStart?: (mask: (more: { key: string; value: Redacted<string> }) => void) => void
}

export interface CommandEnd {
  exitCode: number | null
  signal: string | null
  timedOut: boolean
  /** Redacted; empty where it was not text. */
  stdout: string
  stderr: string
  truncated: { stdout: boolean; stderr: boolean }
  /** Sizes of what was not text, and is not shown. */
  binaryBytes: { stdout?: number; stderr?: number }
  /** How often each key was masked, also in what is cut off or not shown. */
  masked: Record<string, number>
  durationMs: number
  warnings: string[]
}

/** @throws SecretError `invalid_argument`, `command_not_started`, `not_supported` where the network cannot be kept away */
export type CommandRunner = (run: CommandRun) => Promise<CommandEnd>
