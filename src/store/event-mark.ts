import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { createHash, randomBytes } from "node:crypto"
import { dirname, resolve } from "node:path"
import { hex } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import type { StoreContext } from "../core/context.ts"

/**
 * The last event number that this key ring has seen of each store, kept beside the key file and apart from the data: a
 * database that was put back to an older state is noticed by its lower number. Each place that a store was opened in has its
 * own number, so that trying out a backup elsewhere does not condemn the original; a place that is new to the ring is
 * measured by the highest of the others.
 */
type Marks = Record<string, Record<string, number>>

/** Whose mark it is: the ring's file, and the database as the settings name it. */
export interface MarkedPlace {
  keyFile: string
  database: string
}

const fileOf = (keyFile: string): string => `${keyFile}.seen`

const readMarks = (keyFile: string): Marks => {
  try {
    const marks: unknown = JSON.parse(readFileSync(fileOf(keyFile), "utf8"))
    return typeof marks === "object" && marks !== null ? (marks as Marks) : {}
  } catch {
    return {} // no mark, or a damaged one: nothing to compare with
  }
}

/** Names a database without its credentials. */
const placeOf = (database: string): string => {
  const url = database.startsWith("postgres") ? URL.parse(database) : null
  const place = url ? `${url.host}${url.pathname}#${url.searchParams.get("schema") ?? ""}` : resolve(database.replace(/^file:/, ""))
  return createHash("sha256").update(place).digest("hex").slice(0, 16)
}

/** Whether this key ring has opened other stores too: what one of them needs no more, another may. */
export const isSharedKeyFile = (ctx: StoreContext, keyFile: string): boolean =>
  Object.keys(readMarks(keyFile)).some((store) => store !== hex(ctx.keys.current.storeId))

/** @throws SecretError `store_rolled_back` */
export const assertNotRolledBack = async (ctx: StoreContext, { keyFile, database }: MarkedPlace): Promise<void> => {
  const marks = readMarks(keyFile)[hex(ctx.keys.current.storeId)] ?? {}
  const seen = marks[placeOf(database)] ?? Math.max(0, ...Object.values(marks))
  const present = (await ctx.storage.one("lastEventSeq", {}))?.seq ?? 0
  if (present >= seen) return
  throw new SecretError("store_rolled_back", `this database ends at event ${present}; this key ring has seen event ${seen}`, {
    details: { present, seen },
    help: "If an older backup was put back on purpose, run `sotto doctor --accept-rollback`; otherwise find out who did it.",
  })
}

/** Notes where the store stands now. @param isAccepted also where it stands lower than before */
export const markEvents = async (ctx: StoreContext, { keyFile, database }: MarkedPlace, isAccepted = false): Promise<void> => {
  const marks = readMarks(keyFile)
  const [store, place] = [hex(ctx.keys.current.storeId), placeOf(database)]
  // what was handed out but not committed may be handed out again after a crash
  const present = (await ctx.storage.one("lastCommittedSeq", {}))?.seq ?? 0
  if (!isAccepted && (marks[store]?.[place] ?? -1) >= present) return
  const temporary = `${fileOf(keyFile)}.${randomBytes(6).toString("hex")}`
  mkdirSync(dirname(keyFile), { recursive: true, mode: 0o700 })
  const next: Marks = { ...marks, [store]: { ...marks[store], [place]: present } }
  writeFileSync(temporary, `${JSON.stringify(next)}\n`, { mode: 0o600, flag: "wx" })
  renameSync(temporary, fileOf(keyFile))
}
