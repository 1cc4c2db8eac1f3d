import { readFileSync } from "node:fs"
import { join } from "node:path"

export const ROOT = join(import.meta.dirname, "..", "..")

/** The part of `package.json` that programs check. */
export interface Manifest {
  name: string
  version: string
  engines: { node: string }
  exports: Record<string, string | Record<string, string | Record<string, string>>>
  files: string[]
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  peerDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

export const readManifest = (): Manifest => JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest

/** Packages that a consumer has, or can be told to add. */
export const publishedPackages = (manifest: Manifest): Set<string> =>
  new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }))

/** `./server` -> `src/server/index.ts`; `.` is the store. */
export const publishedEntries = (manifest: Manifest): Map<string, string> =>
  new Map(
    Object.keys(manifest.exports)
      .filter((subpath) => subpath !== "./package.json")
      .map((subpath) => [subpath, `src/${subpath === "." ? "store" : subpath.slice(2)}/index.ts`]),
  )
