import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { Manifest } from "vite"
import { firstLoad, FIRST_LOAD_MAX_BYTES } from "../scripts/console-size.ts"
import { ROOT } from "./architecture/manifest.ts"

const folder = join(ROOT, "dist/console")

describe("the console as it was built", () => {
  if (!existsSync(join(folder, "index.html"))) throw new Error("there is no console yet: npm run build")
  const manifest = JSON.parse(readFileSync(join(folder, ".vite/manifest.json"), "utf8")) as Manifest
  const index = readFileSync(join(folder, "index.html"), "utf8")

  it("loads in less than 150 kB", () => {
    const { bytes, files } = firstLoad(folder, manifest)
    expect(bytes).toBeLessThanOrEqual(FIRST_LOAD_MAX_BYTES)
    for (const [, path = ""] of index.matchAll(/(?:src|href)="\/([^"]*\.(?:js|css))"/g)) expect(files).toContain(path)
  })

  it("has neither script nor style inside its page, and asks nobody else for anything", () => {
    expect(index).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*src=)|javascript:|https?:\/\//i)
    const texts = Object.values(manifest).flatMap(({ file, css = [] }) => [file, ...css]).filter((file) => file.endsWith(".css"))
    expect(texts.length).toBeGreaterThan(0)
    for (const file of texts) expect(readFileSync(join(folder, file), "utf8")).not.toMatch(/url\((?!["']?\/assets)|@import/)
  })
})
