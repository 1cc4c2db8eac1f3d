import type { StreamFilter } from "../redact/stream-filter.ts"

/** What a child is started with. Nothing of it passes a shell. */
export interface ChildOrder {
  /** The path of a program. */
  file: string
  args: readonly string[]
  env: Readonly<Record<string, string>>
  cwd: string
}

/** How a child ended: one of the two is null. */
export interface ChildEnd {
  exitCode: number | null
  signal: NodeJS.Signals | null
}

/** Makes the filter of one stream: standard output and standard error are two. null where nothing is to be masked. */
export type OpenFilter = (() => StreamFilter) | null

/** What a child is told when this process is. */
export const FORWARDED: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"]

/** Between the wish that a child ends and its end by force. */
export const GRACE_MS = 10_000

/** The exit code by which a shell tells of an end by signal is 128 and its number. */
export const exitCodeOf = ({ exitCode, signal }: ChildEnd, numbers: Readonly<Record<string, number>>): number =>
  exitCode ?? 128 + (signal === null ? 0 : (numbers[signal] ?? 0))
