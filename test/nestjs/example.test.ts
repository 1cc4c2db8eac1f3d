import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ROOT } from "../architecture/manifest.ts"
import { compileExample, playExample } from "./play-example.ts"

const PACKAGES = ["@nestjs/common", "@nestjs/core", "@nestjs/platform-express", "reflect-metadata", "rxjs"]

describe("examples/nestjs on NestJS 12", () => {
  let root: string
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "sotto-nest-example-"))
    mkdirSync(join(root, "node_modules/@nestjs"), { recursive: true })
    symlinkSync(ROOT, join(root, "node_modules/sotto"))
    for (const name of PACKAGES) symlinkSync(join(ROOT, "node_modules", name), join(root, "node_modules", name))
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it.each(["module", "commonjs"] as const)("runs as %s: a person answers, a run goes on, a value is used and never seen", async (kind) => {
    const folder = join(root, kind)
    compileExample(folder, kind)
    expect(await playExample(folder)).toEqual({ missing: 503, documents: "Webhooks are signed.", nobody: 401, isSigned: true, leaks: false })
  })

  it("is what the guide shows", () => {
    const read = (path: string): string => readFileSync(join(ROOT, path), "utf8")
    expect(read("docs/guide/nestjs.md")).toContain(read("examples/nestjs/src/app-module.ts"))
  })
})
