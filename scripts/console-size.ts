import { statSync } from "node:fs"
import { join } from "node:path"
import type { Manifest } from "vite"

export const FIRST_LOAD_MAX_BYTES = 150_000

/** What a browser fetches before somebody who is signed in sees their secrets: the entry, the first page, their styles. */
const FIRST = ["index.html", "secrets/secrets-page.tsx"]

/** Counted as gzip, which every browser takes; most take brotli, which is smaller. */
export const firstLoad = (folder: string, manifest: Manifest): { bytes: number; files: string[] } => {
  const files = new Set<string>()
  const visit = (key: string): void => {
    const chunk = manifest[key]
    if (chunk === undefined) throw new Error(`the console has no ${key}`)
    if (files.has(chunk.file)) return
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
    chunk.imports?.forEach(visit)
  }
  FIRST.forEach(visit)
  const sizes = [...files].map((file) => statSync(join(folder, `${file}.gz`)).size)
  return { bytes: sizes.reduce((sum, size) => sum + size, statSync(join(folder, "index.html")).size), files: [...files] }
}
