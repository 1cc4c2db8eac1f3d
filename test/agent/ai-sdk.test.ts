import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { ROOT } from "../architecture/manifest.ts"

it("examples/ai-sdk plays a tool loop of the AI SDK, and prints what it says", () => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-ai-"))
  try {
    cpSync(join(ROOT, "examples", "ai-sdk"), folder, { recursive: true })
    mkdirSync(join(folder, "node_modules"))
    for (const [name, target] of [["sotto", ROOT], ["ai", join(ROOT, "node_modules", "ai")]] as const) symlinkSync(target, join(folder, "node_modules", name))
    const { stdout, stderr } = spawnSync(process.execPath, ["loop.mts"], { cwd: folder, encoding: "utf8", env: { PATH: process.env.PATH } })
    const said = /```text\n([^]*?)```/.exec(readFileSync(join(folder, "README.md"), "utf8"))?.[1]
    expect({ stdout, stderr }).toEqual({ stdout: said, stderr: "" })
    expect(stdout + stderr).not.toContain("never_shown")
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
