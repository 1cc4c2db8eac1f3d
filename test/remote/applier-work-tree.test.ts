import { execFileSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { RunProgram } from "../../src/remote/run-program.ts"
import { allBelow, delivery, fakeApp, openBench, type Bench } from "./applier-bench.ts"

const hasGit = ((): boolean => {
  try {
    return execFileSync("/usr/bin/git", ["--version"]).length > 0
  } catch {
    return false
  }
})()

const inWorkTree = (ignored: string, run?: RunProgram): Bench => {
  const app = fakeApp()
  const bench = openBench({}, { app: run === undefined ? app : { ...app, run } })
  mkdirSync(join(bench.folder, "app"), { mode: 0o700 })
  writeFileSync(join(bench.folder, ".gitignore"), ignored)
  if (hasGit) execFileSync("/usr/bin/git", ["init", "-q", bench.folder])
  return bench
}

// Debian, macOS and GitHub's runners keep it there; without it the refusal below is all that can be shown.
describe.skipIf(!hasGit)("a target in a git work tree", () => {
  it("is refused where git would take it up, by plan and by apply", async () => {
    const { applier, folder } = inWorkTree("node_modules\n")
    for (const each of [applier.plan(delivery(1, { A: "1" })), applier.apply(delivery(1, { A: "1" }))]) {
      await expect(each).rejects.toMatchObject({ code: "unsafe_file", message: expect.stringContaining("not ignored") as string, help: expect.stringContaining("env* to .gitignore") as string })
    }
    expect(allBelow(join(folder, "app"))).toEqual([])
  })

  it("is written where git ignores it and the temporary files beside it", async () => {
    const { applier, path, folder } = inWorkTree("/app/env*\n")
    await applier.apply(delivery(1, { A: "1" }))
    expect(readFileSync(path, "utf8")).toContain("A=1")
    expect(execFileSync("/usr/bin/git", ["-C", folder, "status", "--porcelain", "app"], { encoding: "utf8" })).toBe("")
  })

  it.each([["the file alone", "/app/env\n"], ["all but this", "/app/*\n!/app/env*\n"]])("is refused where git ignores %s", async (_what, ignored) => {
    const { applier } = inWorkTree(ignored)
    await expect(applier.apply(delivery(1, { A: "1" }))).rejects.toMatchObject({ code: "unsafe_file" })
  })

  it("is refused where the file is tracked already", async () => {
    const { applier, path, folder, again } = inWorkTree("")
    writeFileSync(path, "PORT=1\n", { mode: 0o600 })
    execFileSync("/usr/bin/git", ["-C", folder, "add", "app/env"])
    writeFileSync(join(folder, ".gitignore"), "/app/env*\n")
    void applier
    await expect((await again({ mode: "block" })).apply(delivery(1, { A: "1" }))).rejects.toMatchObject({ code: "unsafe_file" })
  })

  it("runs nothing that the repository's configuration names", async () => {
    const { applier, folder } = inWorkTree("/app/env*\n")
    writeFileSync(join(folder, "trap"), `#!/bin/sh\ntouch '${join(folder, "sprung")}'\n`, { mode: 0o755 })
    for (const setting of ["core.fsmonitor", "core.pager", "core.editor", "core.sshCommand"]) execFileSync("/usr/bin/git", ["-C", folder, "config", setting, join(folder, "trap")])
    await applier.apply(delivery(1, { A: "1" }))
    expect(allBelow(folder)).not.toContain("sprung")
  })
})

describe("a target below a .git that nobody can ask about", () => {
  it.each<[string, RunProgram]>([["fails", async () => ({ exitCode: 128 })], ["hangs", async () => "timeout"], ["does not start", async () => "not_started"]])(
    "is refused where git %s",
    async (_what, run) => {
      const { applier, folder } = inWorkTree("/app/env*\n", run)
      mkdirSync(join(folder, ".git"), { recursive: true })
      await expect(applier.apply(delivery(1, { A: "1" }))).rejects.toMatchObject({ code: "unsafe_file", help: expect.stringContaining("outside of the work tree") as string })
    },
  )
})
