import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { ROOT } from "../architecture/manifest.ts"

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

/** The example in a folder of its own, where it finds `sotto` as an app does, and compiled as apps are. */
const compile = (kind: "module" | "commonjs"): string => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-flow-"))
  folders.push(folder)
  cpSync(join(ROOT, "test", "workflow", "example"), folder, { recursive: true })
  mkdirSync(join(folder, "node_modules"))
  symlinkSync(ROOT, join(folder, "node_modules", "sotto"))
  for (const name of ["reflect-metadata", "@types"]) symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name))
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "app", type: kind }))
  const options = ["--module", "nodenext", "--target", "es2022", "--experimentalDecorators", "--emitDecoratorMetadata", "--skipLibCheck", "--strict", "--types", "node", "--ignoreConfig", "--rewriteRelativeImportExtensions", "false"]
  const compiled = spawnSync(process.execPath, [join(ROOT, "node_modules", "typescript", "bin", "tsc"), ...options, "play.ts"], { cwd: folder, encoding: "utf8" })
  expect(compiled.stdout + compiled.stderr).toBe("")
  return folder
}

describe("the published example, compiled with legacy decorators and their metadata", () => {
  it.each(["module", "commonjs"] as const)("runs as %s with nothing but its imports changed", (kind) => {
    expect(existsSync(join(ROOT, "dist", "workflow", "index.js"))).toBe(true) // npm test builds it
    const folder = compile(kind)
    const ran = spawnSync(process.execPath, ["play.js"], { cwd: folder, encoding: "utf8", env: { PATH: process.env.PATH, SOTTO_TEST_TEMPLATES: join(folder, "templates") } })
    expect({ stdout: ran.stdout, stderr: ran.stderr }).toEqual({ stdout: '{"markdown":"- EXAMPLE_API_KEY: true\\n"}\n', stderr: "" })
  })
})
