import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { readManifest, ROOT } from "./architecture/manifest.ts"

const folder = mkdtempSync(join(tmpdir(), "sotto-old-node-"))

const startUnder = (version: string) => {
  const disguise = join(folder, `${version}.cjs`)
  writeFileSync(disguise, `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`)
  return spawnSync(process.execPath, ["--require", disguise, join(ROOT, "bin/sotto.js"), "--version"], { encoding: "utf8" })
}

describe("bin/sotto.js", () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(["10.24.1", "20.20.2", "22.11.0"])("says one sentence under Node %s and ends with 1", (version) => {
    const { status, stdout, stderr } = startUnder(version)
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: "",
      stderr: `sotto needs Node 22.12 or newer; this is Node ${version}.\n`,
    })
  })

  it.each(["22.12.0", "23.0.0", "24.21.0"])("starts under Node %s", (version) => {
    expect(startUnder(version).stdout).toContain(readManifest().version)
  })
})
