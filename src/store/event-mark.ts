import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { randomBytes } from "node:crypto"
import { dirname } from "node:path"
import { hex } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import type { StoreContext } from "../core/context.ts"

/**
 * The last event number that this key ring has seen of each store, kept beside the key file and apart from the data: a
 * database that was put back to an older state is noticed by its lower number.
 */
type Marks = Record<string, number>

const fileOf = (keyFile: string): string => `${keyFile}.seen`

const readMarks = (keyFile: string): Marks => {
  try {
    const marks: unknown = JSON.parse(readFileSync(fileOf(keyFile), "utf8"))
    return typeof marks === "object" && marks !== null ? (marks as Marks) : {}
  } catch {
    return {} // no mark, or a damaged one: nothing to compare with
  }
}

/** Whether this key ring has opened other stores too: what one of them needs no more, another may. */
export const isSharedKeyFile = (ctx: StoreContext, keyFile: string): boolean =>
  Object.keys(readMarks(keyFile)).some((store) => store !== hex(ctx.keys.current.storeId))

const lastSeq = async (ctx: StoreContext): Promise<number> => (await ctx.storage.one("lastEventSeq", {}))?.seq ?? 0

/** @throws SecretError `store_rolled_back` */
export const assertNotRolledBack = async (ctx: StoreContext, keyFile: string): Promise<void> => {
  const seen = readMarks(keyFile)[hex(ctx.keys.current.storeId)] ?? 0
  const present = await lastSeq(ctx)
  if (present >= seen) return
  throw new SecretError("store_rolled_back", `this database ends at event ${present}; this key ring has seen event ${seen}`, {
    details: { present, seen },
    help: "If an older backup was put back on purpose, run `sotto doctor --accept-rollback`; otherwise find out who did it.",
  })
}

/** Notes where the store stands now. @param isAccepted also where it stands lower than before */
export const markEvents = async (ctx: StoreContext, keyFile: string, isAccepted = false): Promise<void> => {
  const marks = readMarks(keyFile)
  const store = hex(ctx.keys.current.storeId)
  // what was handed out but not committed may be handed out again after a crash
  const present = (await ctx.storage.one("lastCommittedSeq", {}))?.seq ?? 0
  if (!isAccepted && (marks[store] ?? -1) >= present) return
  const temporary = `${fileOf(keyFile)}.${randomBytes(6).toString("hex")}`
  mkdirSync(dirname(keyFile), { recursive: true, mode: 0o700 })
  writeFileSync(temporary, `${JSON.stringify({ ...marks, [store]: present })}\n`, { mode: 0o600, flag: "wx" })
  renameSync(temporary, fileOf(keyFile))
}
