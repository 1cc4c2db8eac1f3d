import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ROOT } from "./architecture/manifest.ts"

interface LockedPackage {
  resolved?: string
  integrity?: string
  hasInstallScript?: boolean
  /** It comes inside the package that it stands below, under that one's checksum. */
  inBundle?: boolean
  optionalDependencies?: Record<string, string>
}

type Lock = Record<string, LockedPackage>

const readJson = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), "utf8"))

const lock = (readJson("package-lock.json") as { packages: Lock }).packages
const allowed = (readJson("package.json") as { allowScripts: Record<string, boolean> }).allowScripts

const installed = (packages: Lock): [string, LockedPackage][] =>
  Object.entries(packages).filter(([path]) => path !== "").map(([path, each]) => [path.split("node_modules/").at(-1) ?? path, each])

const addressed = (packages: Lock): string[] => installed(packages).filter(([, each]) => each.resolved !== undefined).map(([name]) => name)

const isChecked = (packages: Lock, path: string): boolean => {
  const each = packages[path]
  if (each?.inBundle === true) return isChecked(packages, path.slice(0, path.lastIndexOf("/node_modules/")))
  return (each?.integrity ?? "").startsWith("sha512-")
}

const unchecked = (packages: Lock): string[] =>
  Object.keys(packages).filter((path) => path !== "" && !isChecked(packages, path)).map((path) => path.split("node_modules/").at(-1) ?? path)

const unreviewed = (packages: Lock, reviewed: Record<string, boolean>): string[] =>
  installed(packages).filter(([name, each]) => each.hasInstallScript === true && !(name in reviewed)).map(([name]) => name)

const lacking = (packages: Lock): string[] => {
  const names = new Set(installed(packages).map(([name]) => name))
  return installed(packages).flatMap(([, each]) => Object.keys(each.optionalDependencies ?? {})).filter((name) => !names.has(name))
}

describe("the lock file", () => {
  it("holds no addresses, so that any registry serves it", () => {
    expect(addressed(lock)).toEqual([])
  })

  it("holds a checksum of every package", () => {
    expect(unchecked(lock)).toEqual([])
  })

  it("has an answer in allowScripts for every install script", () => {
    expect(unreviewed(lock, allowed)).toEqual([])
  })

  it("knows the binaries of every platform, without which npm ci refuses it", () => {
    expect(lacking(lock)).toEqual([])
  })

  it("would be refused with an address, without a checksum, with a new script, or with a platform missing", () => {
    const bad: Lock = {
      "": {},
      "node_modules/a": { resolved: "https://example.test/a.tgz", hasInstallScript: true, optionalDependencies: { "@b/linux": "1.0.0" } },
    }
    expect(unchecked({ ...bad, "node_modules/a/node_modules/c": { inBundle: true } })).toEqual(["a", "c"])
    expect([addressed(bad), unchecked(bad), unreviewed(bad, {}), lacking(bad)]).toEqual([["a"], ["a"], ["a"], ["@b/linux"]])
  })
})
