/** How a program ended. What it printed is nobody's: it may hold what the app was given. */
export type ProgramEnd = { exitCode: number } | "timeout" | "not_started"

/**
 * Starts an absolute program with its arguments, without a shell and with a minimal environment, and waits for its end. Never
 * throws. A program that a signal ended has an exit code that is not 0.
 */
export type RunProgram = (command: readonly [program: string, ...args: string[]], options: { timeoutMs: number }) => Promise<ProgramEnd>

export const hasSucceeded = (end: ProgramEnd): boolean => typeof end === "object" && end.exitCode === 0
