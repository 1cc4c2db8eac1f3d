import { createHash, randomBytes } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { SecretError } from "../base/errors.ts"

type Environment = Readonly<Record<string, string | undefined>>

/** A file as it was read: what is judged is what is used. */
export interface ReadFile {
  path: string
  bytes: Uint8Array
}

/** What a person has said about one file and what it includes. */
export interface TrustRecord {
  /** Without links. */
  path: string
  /** SHA-256, hexadecimal, of the file and its includes. */
  sha256: string
  /** Milliseconds. */
  trustedAt: number
}

/** Apart from every repository, one file for each, so that two people's terminals never overwrite one another's words. */
const folderOf = (env: Environment): string => join(env.SOTTO_HOME || join(env.HOME || homedir(), ".sotto"), "trust")

const recordPath = (env: Environment, path: string): string => join(folderOf(env), `${createHash("sha256").update(path).digest("hex")}.json`)

/** Over paths and bytes, each behind its length: what one file loses and another gains is a change. */
export const digestOf = (files: readonly ReadFile[]): string => {
  const hash = createHash("sha256")
  const add = (bytes: Uint8Array): void => {
    const length = new DataView(new ArrayBuffer(8))
    length.setBigUint64(0, BigInt(bytes.length))
    hash.update(new Uint8Array(length.buffer)).update(bytes)
  }
  for (const { path, bytes } of files) {
    add(new TextEncoder().encode(realpathSync(path)))
    add(bytes)
  }
  return hash.digest("hex")
}

/** @param files the file that a person would name first, then what it includes */
export const isTrusted = (env: Environment, files: readonly [ReadFile, ...ReadFile[]]): boolean => {
  const path = realpathSync(files[0].path)
  const record = readRecord(recordPath(env, path))
  return record !== null && record.path === path && record.sha256 === digestOf(files)
}

/** Nothing that a repository's file names is resolved before this. @throws SecretError `not_trusted` */
export const assertTrusted = (env: Environment, files: readonly [ReadFile, ...ReadFile[]]): void => {
  if (/^(1|true|yes)$/i.test(env.SOTTO_TRUST ?? "") || isTrusted(env, files)) return
  const { path } = files[0]
  throw new SecretError("not_trusted", `${path} names secrets, and nobody has trusted it as it is now`, {
    details: { path },
    help: `Look at what it asks for with: sotto trust '${path}'`,
  })
}

/** Records that a person trusts exactly these bytes. */
export const recordTrust = (env: Environment, files: readonly [ReadFile, ...ReadFile[]], now: number): TrustRecord => {
  const record = { path: realpathSync(files[0].path), sha256: digestOf(files), trustedAt: now }
  mkdirSync(folderOf(env), { recursive: true, mode: 0o700 })
  const target = recordPath(env, record.path)
  const temporary = `${target}.${randomBytes(6).toString("hex")}`
  writeFileSync(temporary, `${JSON.stringify(record)}\n`, { mode: 0o600, flag: "wx" })
  renameSync(temporary, target)
  return record
}

export const listTrust = (env: Environment): TrustRecord[] => {
  const records = namesIn(folderOf(env)).flatMap((name) => readRecord(join(folderOf(env), name)) ?? [])
  return records.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** Also for a file that is gone. @returns whether it was trusted */
export const revokeTrust = (env: Environment, path: string): boolean => {
  const known = listTrust(env).find((record) => record.path === path || record.path === realOf(path))
  if (known === undefined) return false
  rmSync(recordPath(env, known.path), { force: true })
  return true
}

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json"))
  } catch {
    return []
  }
}

const realOf = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

const readRecord = (path: string): TrustRecord | null => {
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as Partial<TrustRecord>
    const isRecord = typeof record.path === "string" && typeof record.sha256 === "string" && typeof record.trustedAt === "number"
    return isRecord ? (record as TrustRecord) : null
  } catch {
    return null
  }
}
