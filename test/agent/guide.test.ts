import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { expect, it } from "vitest"
import { ROOT } from "../architecture/manifest.ts"

const guide = readFileSync(join(ROOT, "docs", "guide", "agents.md"), "utf8")
const block = (language: string): string => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(guide)?.[1] ?? ""

it("the guide to agents has an example that prints what it says", () => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-guide-"))
  try {
    const entry = (path: string): string => JSON.stringify(pathToFileURL(join(ROOT, "src", path)).href)
    writeFileSync(join(folder, "example.mts"), block("ts").replace('"sotto/agent"', entry("agent/index.ts")).replace('"sotto"', entry("store/index.ts")))
    const printed = execFileSync(process.execPath, [join(folder, "example.mts")], { encoding: "utf8", env: { NO_COLOR: "1" } })
    expect(printed).toBe(block("text"))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
