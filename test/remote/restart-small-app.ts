/**
 * What a process manager does: ends the app whose number is in a file, starts it anew, and ends with 1 where it ends at once.
 * Arguments: that file, then the app's.
 */
import { spawn } from "node:child_process"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const [pidFile = "", envFile = "", socket = ""] = process.argv.slice(2)
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

if (existsSync(pidFile)) {
  const pid = Number(readFileSync(pidFile, "utf8"))
  if (isAlive(pid)) process.kill(pid, "SIGKILL")
  for (let i = 0; i < 500 && isAlive(pid); i++) await sleep(10)
}
rmSync(socket, { force: true })
const app = spawn(process.execPath, ["--no-warnings", fileURLToPath(new URL("./small-app.ts", import.meta.url)), envFile, socket], { detached: true, stdio: "ignore" })
writeFileSync(pidFile, String(app.pid))
app.once("exit", () => process.exit(1))
for (let i = 0; i < 1_000 && !existsSync(socket); i++) await sleep(10)
process.exit(0)
