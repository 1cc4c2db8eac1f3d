import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"

export interface BoxesChild {
  /** Where boxes are served. */
  boxes: string
  /** Where any path `/N` is answered with N bytes. */
  bare: string
}

/** Serves boxes from a process of its own while `work` lasts. */
export const withBoxesChild = async <T>(database: string, work: (child: BoxesChild) => Promise<T>): Promise<T> => {
  const child = spawn(process.execPath, [...process.execArgv, join(import.meta.dirname, "boxes-server.ts"), database], { stdio: ["pipe", "pipe", "inherit"] })
  try {
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string]
    return await work(JSON.parse(line) as BoxesChild)
  } finally {
    child.stdin.end()
    if (child.exitCode === null) await once(child, "exit")
  }
}
