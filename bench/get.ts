import { createSecretKey, type KeyObject } from "node:crypto"
import { join } from "node:path"
import type { StoreContext } from "../src/core/context.ts"
import { get } from "../src/core/get.ts"
import type { CurrentRow } from "../src/core/ports/rows.ts"
import { randomBytes } from "../src/crypto/random.ts"
import { sqliteText } from "../src/storage/sql.ts"
import { statements } from "../src/storage/statements/statements.ts"
import { bareTag, createBareKeys } from "./bare-crypto.ts"
import { KEK, NAMESPACE, nameOf, openBare, scattered, withContext, withFolder } from "./bench-store.ts"
import { fill } from "./fill.ts"
import { compare, type Operation } from "./measure.ts"
import { ratioAtMost, type BenchRow } from "./row.ts"

const SECRETS = 100_000
/** The messages that the tags of a secret's and a version's row are made over are about this long. */
const MESSAGE_BYTES = [190, 170]

/** `get` of Sotto beside the prepared read and the decryption alone: no tags, then with the two HMACs as well. */
export const runGetBench = (): Promise<BenchRow[]> =>
  withFolder((folder) => {
    const path = join(folder, "store.db")
    return withContext({ database: `file:${path}` }, async ({ ctx }) => {
      await fill(ctx, path, { count: SECRETS })
      const bare = openBare(path)
      const read = bare.prepare<[object], CurrentRow>(sqliteText(statements.findCurrent))
      const { rates, ratios } = await compare([sottoGet(ctx, SECRETS), bareGet(ctx, read), bareTaggedGet(ctx, read)])
      bare.close()
      const row = (other: number, against: string): BenchRow => ({
        operation: "get, SQLite", size: `${SECRETS} secrets`, unit: "us",
        sotto: 1e6 / (rates[0] as number), other: 1e6 / (rates[other] as number), against, ratio: 1 / (ratios[other] as number),
      })
      return [
        { ...row(1, "prepared read + bare decryption"), limit: ratioAtMost(2) },
        row(2, "prepared read + bare decryption + two HMACs"),
      ]
    })
  })

export const sottoGet = (ctx: StoreContext, count: number): Operation => async (i) => {
  const found = await get(ctx, { namespace: NAMESPACE, name: nameOf(scattered(i, count)) })
  if (!found.ok) throw new Error(`nothing found: ${found.reason}`)
}

interface Read {
  get(params: object): CurrentRow | undefined
}

const bareGet = (ctx: StoreContext, read: Read): ((i: number) => CurrentRow) => {
  const keys = createBareKeys(KEK, ctx.keys.current.storeId, 1)
  return (i) => {
    const row = read.get({ namespace: NAMESPACE, name: nameOf(scattered(i, SECRETS)) }) as CurrentRow
    keys.openValue(keys.unwrap(row.wrap, row.id, row.versionId), row.sealed, row.id, row.versionId)
    return row
  }
}

const bareTaggedGet = (ctx: StoreContext, read: Read): Operation => {
  const plain = bareGet(ctx, read)
  const key: KeyObject = createSecretKey(randomBytes(32))
  const messages = MESSAGE_BYTES.map((length) => randomBytes(length))
  return (i) => {
    plain(i)
    for (const message of messages) bareTag(key, message)
  }
}
