import type { BoxSpaceRow } from "../src/core/ports/box-rows.ts"
import { namespaceOfSpace } from "../src/core/boxes/namespace.ts"
import type { StoreContext } from "../src/core/context.ts"
import { boxSpaceTags, secretTags, versionTags } from "../src/core/row-tags.ts"
import { sealVersions } from "../src/core/seal-version.ts"
import { nameOfSecret } from "../src/boxes/server/box-secrets.ts"
import { sqliteText } from "../src/storage/sql.ts"
import { statements } from "../src/storage/statements/statements.ts"
import { openBare } from "./bench-store.ts"
import type { Rows } from "./fill.ts"

/** As long as a short value in two layers is. */
const SEALED = JSON.stringify({ referencePointHex: "ab".repeat(32), encryptedContentHex: "cd".repeat(640) })
const CREATED_BY = '{"id":"box:bench","kind":"service","name":"bench"}'
const BOXES_A_BATCH = 50

interface Filling {
  /** Ids of those who have a box each. */
  holders: readonly string[]
  secretsEach: number
}

/** Puts boxes with real envelopes and tags into the file that `ctx` has open; as over the protocol, but for events and flushes. */
export const fillBoxes = async (ctx: StoreContext, path: string, { holders, secretsEach }: Filling): Promise<void> => {
  const bare = openBare(path)
  bare.pragma("synchronous = OFF")
  const [insertSpace, insertSecret, insertVersion] = (["insertBoxSpace", "insertSecret", "insertVersion"] as const).map((name) => bare.prepare(sqliteText(statements[name])))
  const insertAll = bare.transaction((spaces: BoxSpaceRow[], rows: Rows[]) => {
    for (const space of spaces) insertSpace?.run(space)
    for (const { secret, version } of rows) {
      insertSecret?.run(secret)
      insertVersion?.run(version)
    }
  })
  for (let from = 0; from < holders.length; from += BOXES_A_BATCH) {
    const spaces = holders.slice(from, from + BOXES_A_BATCH).map((holder) => spaceOf(ctx, holder))
    const rows = await Promise.all(spaces.map((space) => secretsOf(ctx, space, secretsEach)))
    insertAll(spaces, rows.flat())
  }
  bare.pragma("wal_checkpoint(TRUNCATE)")
  bare.close()
}

const spaceOf = (ctx: StoreContext, holder: string): BoxSpaceRow => {
  const box = Buffer.from(holder, "hex")
  const row = { id: Buffer.from(ctx.randomBytes(16)).toString("hex"), box, sender: new Uint8Array(0), facts: '{"closureDate":null}', closesAt: null, createdAt: Math.floor(ctx.clock()) }
  return { ...row, tag: boxSpaceTags.seal(ctx.keys.current, row) }
}

const secretsOf = async (ctx: StoreContext, space: BoxSpaceRow, count: number): Promise<Rows[]> => {
  const keys = ctx.keys.current
  const sealed = await sealVersions(keys, Array.from({ length: count }, () => ({ secretId: ctx.newId(), versionId: ctx.randomBytes(16), value: SEALED })))
  return sealed.map(({ secretId, id, keyVersion, hasValue, wrap, sealed: bytes }, i) => {
    const named = `secret ${i}`
    const same = { namespace: namespaceOfSpace(space.id), number: 1, keyVersion, hasValue, createdAt: space.createdAt }
    const secret = { ...same, id: secretId, name: nameOfSecret(named), versionId: id, updatedAt: space.createdAt, expiresAt: null, metadata: JSON.stringify({ secretId: named }), policy: null }
    const version = { ...same, secretId, id, createdBy: CREATED_BY }
    return { secret: { ...secret, tag: secretTags.seal(keys, secret) }, version: { ...version, tag: versionTags.seal(keys, version), wrap, sealed: bytes } }
  })
}
