import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { expect, it } from "vitest"
import { ROOT } from "../architecture/manifest.ts"

const blockOf = (guide: string, language: string): string => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(guide)?.[1] ?? ""

it.each(["agents", "workflows"])("the guide to %s has an example that prints what it says", (name) => {
  const guide = readFileSync(join(ROOT, "docs", "guide", `${name}.md`), "utf8")
  const folder = mkdtempSync(join(tmpdir(), "sotto-guide-"))
  try {
    const entry = (path: string): string => JSON.stringify(pathToFileURL(join(ROOT, "src", path)).href)
    writeFileSync(join(folder, "example.mts"), blockOf(guide, "ts").replace('"sotto/agent"', entry("agent/index.ts")).replace('"sotto/workflow"', entry("workflow/index.ts")).replace('"sotto"', entry("store/index.ts")))
    const printed = execFileSync(process.execPath, [join(folder, "example.mts")], { encoding: "utf8", env: { NO_COLOR: "1" } })
    expect(printed).toBe(blockOf(guide, "text"))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
