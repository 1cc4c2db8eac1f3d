import { spawn } from "node:child_process"
import { SecretError } from "../base/errors.ts"
import type { ChildEnd, ChildOrder } from "./child.ts"
import { forwardSignals } from "./forward-signals.ts"

/** Runs a command with this process's own terminal or pipes: there is nothing to be masked. @throws SecretError `command_not_started` */
export const runPlain = async ({ file, args, env, cwd }: ChildOrder): Promise<ChildEnd> => {
  const child = spawn(file, [...args], { cwd, env: { ...env }, stdio: "inherit" })
  // The terminal sends Ctrl-C to both; what is sent to this process alone is handed on.
  const stop = forwardSignals((signal) => void child.kill(signal))
  try {
    return await new Promise<ChildEnd>((resolve, reject) => {
      child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }))
      child.once("error", (error) => reject(notStarted((error as NodeJS.ErrnoException).code)))
    })
  } finally {
    stop()
  }
}

export const notStarted = (code = "unknown"): SecretError =>
  new SecretError("command_not_started", `the command could not be started: ${code}`, { details: { exitCode: code === "ENOENT" ? 127 : 126 } })
