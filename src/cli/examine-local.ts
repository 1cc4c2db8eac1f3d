import { stat, statfs } from "node:fs/promises"
import { dirname } from "node:path"
import { examineStore, type Finding } from "../core/doctor.ts"
import { readKeyFile } from "../store/key-file.ts"
import { readStoreSettings, type StoreSettings } from "../store/settings.ts"
import type { Call } from "./command.ts"
import { findingOf, type Examination } from "./examination.ts"
import { openLocalStore } from "./open-local-store.ts"

/** Looks at the files around the store, then opens it, then what is in it; goes as far as it gets. */
export const examineLocal = async (call: Call, sample: number): Promise<Examination> => {
  const findings: Finding[] = []
  try {
    const settings = readStoreSettings(call.env)
    findings.push(...(await examineKeyFile(settings)), ...(await examineDatabaseFile(settings)))
    const { ctx, close } = await openLocalStore(call, { settings, acceptRollback: call.options.flag("accept-rollback") })
    try {
      findings.push(...(await examineStore(ctx, { sample })))
    } finally {
      await close()
    }
    return { findings }
  } catch (error) {
    const { finding, exitCode } = findingOf(error)
    return { findings: [...findings, finding], exitCode }
  }
}

const NOT_OPENED = "not opened"

/** Its permissions; whether it opens is seen when the store is. */
const examineKeyFile = async ({ keys }: StoreSettings): Promise<Finding[]> => {
  if ("text" in keys) return [{ level: "ok", what: "the key ring comes from a variable" }]
  const text = await readKeyFile({ path: keys.file, askPassphrase: async () => Promise.reject(new Error(NOT_OPENED)) }).catch((error: unknown) => {
    if (error instanceof Error && error.message === NOT_OPENED) return NOT_OPENED
    throw error
  })
  if (text === null) return [{ level: "warning", what: `there is no key file at ${keys.file}`, help: "The first command makes one, if the store is new." }]
  return [{ level: "ok", what: `the key file ${keys.file} is yours alone${text === NOT_OPENED ? ", and sealed" : ""}` }]
}

const LOW_BYTES = 200 * 1024 * 1024

const examineDatabaseFile = async ({ database }: StoreSettings): Promise<Finding[]> => {
  const path = /^file:(?:\/\/)?(.+)$/.exec(database)?.[1]
  if (path === undefined) return []
  const facts = await stat(path).catch(() => null)
  if (facts === null) return [{ level: "warning", what: `there is no database at ${path} yet` }]
  const isOpen = (facts.mode & 0o077) !== 0
  const permissions: Finding = isOpen
    ? { level: "warning", what: `${path} can be read by others: names and metadata are readable in it`, help: `Run: chmod 600 '${path}'` }
    : { level: "ok", what: `the database ${path} is yours alone` }
  return [permissions, ...(await examineDisk(path))]
}

const examineDisk = async (path: string): Promise<Finding[]> => {
  const disk = await statfs(dirname(path))
  const free = disk.bavail * disk.bsize
  if (free >= LOW_BYTES) return []
  return [{ level: "warning", what: `the disk has ${Math.floor(free / 1024 / 1024)} MiB left`, help: "Make room: a full disk refuses every write." }]
}
