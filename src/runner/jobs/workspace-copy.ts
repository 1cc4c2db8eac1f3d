import { execFile } from "node:child_process"
import { constants } from "node:fs"
import { copyFile, lstat, mkdir, readdir, readlink, symlink } from "node:fs/promises"
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path"
import { SecretError } from "../../base/errors.ts"

export interface Copied {
  files: number
  /** Links that lead out of the workspace, which were left out. */
  leftOut: string[]
}

/** Never in a copy: history, what Sotto and Loom keep, and databases of secrets. */
const CLOSED = [".git", ".sotto/runs", ".sotto/keepass", ".loom/keepass", ".loom/.runtime"]
const MAX_FILES = 500_000
const TOGETHER = 16

/**
 * Copies a workspace for a job: what git knows or would take up, where there is git, else everything. Modes are kept, links are
 * copied as links.
 * @param to a folder that is there and empty
 * @throws SecretError `payload_too_large`; `aborted`
 */
export const copyWorkspace = async (from: string, to: string, signal?: AbortSignal): Promise<Copied> => {
  const paths = (await pathsOfGit(from)) ?? (await pathsBelow(from, ""))
  const copied: Copied = { files: 0, leftOut: [] }
  const queue = paths.filter((path) => !isClosed(path)).values()
  const work = async (): Promise<void> => {
    for (const path of queue) {
      if (signal?.aborted === true) throw new SecretError("aborted")
      await copyOne({ from, to, path }, copied)
    }
  }
  await Promise.all(Array.from({ length: TOGETHER }, work))
  return copied
}

const isClosed = (path: string): boolean => CLOSED.some((closed) => path === closed || path.startsWith(`${closed}/`)) || path.split("/").includes(".git")

/** The hook that a repository's settings may name for watching files would be a program of its choice. */
const GIT = ["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"]

/** null where there is no git, or no repository. */
const pathsOfGit = async (folder: string): Promise<string[] | null> => {
  const listed = await gitOutput(folder, ["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
  return listed === null ? null : assertFew([...new Set(listed.split("\0").filter((path) => path !== ""))])
}

export const gitOutput = (folder: string, args: readonly string[]): Promise<string | null> =>
  new Promise((resolvePromise) => {
    const settings = { cwd: folder, maxBuffer: 256 * 1024 * 1024, env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", LC_ALL: "C" } }
    execFile("git", [...GIT, ...args], settings, (error, stdout) => resolvePromise(error === null ? stdout : null))
  })

const pathsBelow = async (root: string, folder: string): Promise<string[]> => {
  const found: string[] = []
  const folders = [folder]
  for (const each of folders) // grows while it is walked
    for (const entry of await readdir(join(root, each), { withFileTypes: true })) {
      const path = each === "" ? entry.name : `${each}/${entry.name}`
      if (isClosed(path)) continue
      if (entry.isDirectory()) folders.push(path)
      else found.push(path)
      assertFew(found)
    }
  return found
}

const assertFew = (paths: string[]): string[] => {
  if (paths.length <= MAX_FILES) return paths
  throw new SecretError("payload_too_large", `the workspace has more than ${MAX_FILES} files`, { help: "Run jobs from a smaller folder, or let git ignore what they do not need." })
}

interface Copying {
  from: string
  to: string
  path: string
}

const copyOne = async ({ from, to, path }: Copying, copied: Copied): Promise<void> => {
  const [source, target] = [join(from, path), join(to, path)]
  const facts = await lstat(source).catch(() => null)
  if (facts === null) return // deleted, but still in git's index
  if (facts.isDirectory()) {
    // a repository within: git lists its folder alone
    for (const inner of await pathsBelow(from, path)) await copyOne({ from, to, path: inner }, copied)
    return
  }
  await mkdir(dirname(target), { recursive: true })
  if (facts.isSymbolicLink()) await copyLink({ from, to, path }, copied)
  else if (facts.isFile()) {
    await copyFile(source, target, constants.COPYFILE_FICLONE)
    copied.files++
  }
}

const copyLink = async ({ from, to, path }: Copying, copied: Copied): Promise<void> => {
  const target = await readlink(join(from, path))
  const inside = relative(from, resolve(dirname(join(from, path)), target))
  if (isAbsolute(target) || inside === ".." || inside.startsWith(`..${sep}`)) copied.leftOut.push(path)
  else await symlink(target, join(to, path))
}
