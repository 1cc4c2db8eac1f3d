import { spawn } from "node:child_process"
import type { RunProgram } from "../../src/remote/run-program.ts"

/** Real programs, with nothing in their environment and nobody reading what they print. */
export const runProgram: RunProgram = ([program, ...args], { timeoutMs }) =>
  new Promise((resolve) => {
    const child = spawn(program, args, { env: {}, stdio: "ignore" })
    const timer = setTimeout(() => {
      child.kill("SIGKILL")
      resolve("timeout")
    }, timeoutMs)
    child.once("error", () => {
      clearTimeout(timer)
      resolve("not_started")
    })
    child.once("exit", (exitCode) => {
      clearTimeout(timer)
      resolve({ exitCode: exitCode ?? 128 })
    })
  })
