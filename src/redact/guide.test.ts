import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, it } from "vitest"
import { KINDS } from "./variants/kinds.ts"

const guide = readFileSync(join(import.meta.dirname, "../../docs/guide/redaction.md"), "utf8")
const block = (language: string): string => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(guide)?.[1] ?? ""

describe("the guide to redaction", () => {
  it("has an example that prints what it says", () => {
    const folder = mkdtempSync(join(tmpdir(), "sotto-guide-"))
    try {
      const entry = pathToFileURL(join(import.meta.dirname, "index.ts")).href
      writeFileSync(join(folder, "example.mts"), block("ts").replace('"sotto/redact"', JSON.stringify(entry)))
      const printed = execFileSync(process.execPath, [join(folder, "example.mts")], { encoding: "utf8", env: { NO_COLOR: "1" } })
      expect(printed).toBe(block("text"))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it("lists every kind of variant, and no other", () => {
    const listed = [...guide.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map((match) => match[1])
    expect(listed).toEqual(KINDS.filter((kind) => kind !== "exact"))
  })
})
