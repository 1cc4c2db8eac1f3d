import { findSpace, insertSpace, namespaceOfSpace, OWN } from "../src/core/boxes/space.ts"
import type { StoreContext } from "../src/core/context.ts"
import type { SecretRow, VersionRow } from "../src/core/ports/rows.ts"
import { sealVersions } from "../src/core/seal-version.ts"
import { newRows, nameOf } from "../src/boxes/server/box-secrets.ts"
import { createPeers } from "../src/boxes/server/peers.ts"
import { sealTo } from "../src/boxes/server/seal-to.ts"
import { padContent } from "../src/boxes/protocol/salt.ts"
import { sqliteText } from "../src/storage/sql.ts"
import { statements } from "../src/storage/statements/statements.ts"
import { openBare, VALUE } from "./bench-store.ts"
import { createHolder, type Holder } from "./boxes-holder.ts"

const BATCH = 50

export const secretIdOf = (i: number): string => `secret-${i}`

interface Filling {
  boxes: number
  /** In each box. */
  secrets: number
}

/**
 * Puts boxes with real envelopes and tags into the file that `ctx` has open, as `fill` does with secrets. Within a box all secrets
 * have one outer layer, which the server never opens.
 * @returns who holds them
 */
export const fillBoxes = async (ctx: StoreContext, path: string, { boxes, secrets }: Filling): Promise<Holder[]> => {
  const holders = Array.from({ length: boxes }, createHolder)
  await ctx.storage.write(async (tx) => {
    for (const { id } of holders) await insertSpace(ctx, tx, { box: Buffer.from(id, "hex"), sender: OWN, facts: { closureDate: null } })
  })
  const bare = openBare(path)
  bare.pragma("synchronous = OFF")
  const insertSecret = bare.prepare(sqliteText(statements.insertSecret))
  const insertVersion = bare.prepare(sqliteText(statements.insertVersion))
  const insertAll = bare.transaction((rows: Rows[]) => {
    for (const { secret, version } of rows) {
      insertSecret.run(secret)
      insertVersion.run(version)
    }
  })
  for (let at = 0; at < boxes; at += BATCH) {
    const rows = await Promise.all(holders.slice(at, at + BATCH).map((holder) => rowsOf(ctx, holder, secrets)))
    insertAll(rows.flat())
  }
  bare.pragma("wal_checkpoint(TRUNCATE)")
  bare.close()
  return holders
}

interface Rows {
  secret: SecretRow
  version: VersionRow
}

const rowsOf = async (ctx: StoreContext, { id }: Holder, count: number): Promise<Rows[]> => {
  const space = await findSpace(ctx, ctx.storage, Buffer.from(id, "hex"))
  if (space === null) throw new Error("a box is missing")
  const namespace = namespaceOfSpace(space.row.id)
  const value = sealTo(createPeers(1).find(id), padContent(VALUE))
  const sealed = await sealVersions(ctx.keys.current, Array.from({ length: count }, () => ({ secretId: ctx.newId(), versionId: ctx.randomBytes(16), value })))
  return sealed.map((each, i) => newRows(ctx, { namespace, name: nameOf(secretIdOf(i)), sealed: each, facts: { secretId: secretIdOf(i) } }))
}
