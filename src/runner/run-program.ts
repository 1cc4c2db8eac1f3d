import { spawn } from "node:child_process"

type ProgramEnd = { exitCode: number } | "timeout" | "not_started"

const INHERITED = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"]
const KILLED = 137

/**
 * Starts an absolute program, without a shell, with little of this process's environment and without its streams, and waits for its
 * end; what exceeds its time is ended with all that it started in its group. Never throws.
 */
export const runProgram = ([program, ...args]: readonly [program: string, ...args: string[]], { timeoutMs }: { timeoutMs: number }): Promise<ProgramEnd> =>
  new Promise((resolve) => {
    const env = Object.fromEntries(INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
    const child = spawn(program, args, { env, stdio: "ignore", detached: true, cwd: "/" })
    const timer = setTimeout(() => {
      killGroup(child.pid)
      resolve("timeout")
    }, timeoutMs)
    child.once("error", () => {
      clearTimeout(timer)
      resolve("not_started")
    })
    child.once("exit", (code) => {
      clearTimeout(timer)
      resolve({ exitCode: code ?? KILLED })
    })
  })

const killGroup = (pid: number | undefined): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, "SIGKILL")
  } catch {
    // It has ended meanwhile.
  }
}
