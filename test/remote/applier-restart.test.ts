import { existsSync, readFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parse } from "dotenv"
import { describe, expect, it, onTestFinished } from "vitest"
import { createApplier, type Applier } from "../../src/remote/applier.ts"
import { allBelow, delivery, fakeApp, freshFolder, openBench, RESTART_AND_CHECK } from "./applier-bench.ts"
import { runProgram } from "../../src/runner/run-program.ts"

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const text = (path: string): string => readFileSync(path, "utf8")

interface RealApp {
  applier: Applier
  path: string
  /** What the running process has. */
  ask(): Promise<Record<string, string>>
}

const openRealApp = (): RealApp => {
  const folder = freshFolder()
  const [path, socket, pidFile] = [join(folder, "app", "env"), join(folder, "socket"), join(folder, "pid")]
  const node = [process.execPath, "--no-warnings"]
  const restart = { command: [...node, script("./restart-small-app.ts"), pidFile, path, socket], check: [...node, script("./ask-small-app.ts"), socket], timeoutMs: 20_000 }
  const applier = createApplier({ target: { format: "node", mode: "file", path, restart }, stateFolder: join(folder, "state"), run: runProgram })
  onTestFinished(async () => {
    await applier.close()
    try {
      process.kill(Number(text(pidFile)), "SIGKILL")
    } catch {
      // It ended by itself.
    }
  })
  return { applier, path, ask: () => answerOf(socket) }
}

const answerOf = (socket: string): Promise<Record<string, string>> =>
  new Promise((resolve, reject) => {
    let answer = ""
    connect(socket).setEncoding("utf8").on("data", (part: string) => void (answer += part)).once("error", reject).once("end", () => resolve(JSON.parse(answer) as Record<string, string>))
  })

describe("a real app", () => {
  it("agents 38: a removed key is gone from the file and, after the restart, from the process", async () => {
    const { applier, path, ask } = openRealApp()
    expect(await applier.apply(delivery(1, { KEPT: "a'b\"c", GONE: "x" }))).toMatchObject({ restarted: true, isAppBack: true })
    expect(await ask()).toEqual({ KEPT: "a'b\"c", GONE: "x" })
    expect(await applier.apply(delivery(2, { KEPT: "a'b\"c" }))).toMatchObject({ removed: ["GONE"], restarted: true, isAppBack: true })
    expect(text(path)).not.toContain("GONE")
    expect(await ask()).toEqual({ KEPT: "a'b\"c" })
  })

  it("loopstack C14: an app that does not start with the new is back with the old", async () => {
    const { applier, path, ask } = openRealApp()
    await applier.apply(delivery(1, { A: "1" }))
    const before = text(path)
    expect(await applier.apply(delivery(2, { A: "1", BROKEN: "x" }))).toMatchObject({ added: ["BROKEN"], restarted: true, isAppBack: true, isRestored: true })
    expect([text(path), await ask()]).toEqual([before, { A: "1" }])
    expect(applier.state()).toMatchObject({ generation: 1, secrets: [{ key: "A", version: 1 }] })
  })
})

describe("a restart", () => {
  it("waits for the app until the check says that it is back", async () => {
    const app = fakeApp((program, call) => ({ exitCode: program === "check" && call < 5 ? 1 : 0 }))
    const { applier } = openBench({ restart: RESTART_AND_CHECK }, { app })
    expect(await applier.apply(delivery(1, { A: "1" }))).toMatchObject({ restarted: true, isAppBack: true, isRestored: false })
    expect([app.calls, app.clock()]).toEqual([["restart", "check", "check", "check", "check"], 750])
  })

  it.each([["the command fails", "restart", { exitCode: 1 }], ["the command is too slow", "restart", "timeout"], ["the command is not there", "restart", "not_started"], ["the check fails until the time is over", "check", { exitCode: 1 }]] as const)(
    "loopstack C14: where %s the old file is put back, the app restarted with it, and the state is the old one",
    async (_what, failing, end) => {
      let isFailing = false
      const contents: string[] = []
      const app = fakeApp((program) => {
        if (program === "restart") contents.push(text(bench.path).split("\n")[1] ?? "")
        if (isFailing && program === failing && text(bench.path).includes("A=2")) return end
        return { exitCode: 0 }
      })
      const bench = openBench({ restart: RESTART_AND_CHECK }, { app })
      await bench.applier.apply(delivery(1, { A: "1" }))
      const before = text(bench.path)
      isFailing = true
      const result = await bench.applier.apply(delivery(2, { A: "2", B: "canary" }))
      expect(result).toMatchObject({ added: ["B"], updated: ["A"], restarted: true, isAppBack: true, isRestored: true })
      expect(text(bench.path)).toBe(before)
      expect(contents).toEqual(["A=1", "A=2", "A=1"])
      expect(bench.applier.state()).toMatchObject({ generation: 1, secrets: [{ key: "A", version: 1 }] })
      expect(allBelow(bench.folder).filter((name) => !name.endsWith(".sock"))).toEqual(["app", "app/env", "state", "state/state.json"])
    },
  )

  it("loopstack C14: the same delivery again is tried again, and so is another", async () => {
    let isFailing = true
    const app = fakeApp(() => ({ exitCode: isFailing && text(bench.path).includes("A=2") ? 1 : 0 }))
    const bench = openBench({}, { app })
    await bench.applier.apply(delivery(1, { A: "1" }))
    expect(await bench.applier.apply(delivery(2, { A: "2" }))).toMatchObject({ isRestored: true })
    expect(await bench.applier.apply(delivery(2, { A: "2" }))).toMatchObject({ updated: ["A"], isRestored: true })
    expect(await bench.applier.apply(delivery(3, { A: "3" }))).toMatchObject({ updated: ["A"], isRestored: false })
    isFailing = false
    expect(await bench.applier.apply(delivery(4, { A: "2" }))).toMatchObject({ updated: ["A"], isRestored: false })
    expect(parse(text(bench.path))).toEqual({ A: "2" })
  })

  it("loopstack C14: where the first delivery fails there is no file again, and where the old fails too the result says so", async () => {
    const { applier, path } = openBench({}, { app: fakeApp(() => ({ exitCode: 1 })) })
    expect(await applier.apply(delivery(1, { A: "1" }))).toMatchObject({ added: ["A"], restarted: false, isAppBack: false, isRestored: true })
    expect(existsSync(path)).toBe(false)
    expect(applier.state()).toMatchObject({ generation: 0, target: null })
  })
})
