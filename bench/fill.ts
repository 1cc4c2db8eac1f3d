import type { StoreContext } from "../src/core/context.ts"
import type { SecretRow, VersionRow } from "../src/core/ports/rows.ts"
import { sealVersions } from "../src/core/seal-version.ts"
import { secretTags, versionTags } from "../src/core/row-tags.ts"
import { sqliteText } from "../src/storage/sql.ts"
import { statements } from "../src/storage/statements/statements.ts"
import { NAMESPACE, nameOf, openBare, VALUE } from "./bench-store.ts"

const BATCH = 5_000
const CREATED_BY = '{"id":"local","kind":"person","name":"local user"}'

/**
 * Puts `count` secrets with real envelopes and tags into the file that `ctx` has open, numbered from `from` on. As `put`, but for
 * the events, the fsyncs and the transactions: a million take a minute or two instead of an hour.
 */
export const fill = async (ctx: StoreContext, path: string, { from = 0, count }: { from?: number; count: number }): Promise<void> => {
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
  for (let at = from; at < from + count; at += BATCH) insertAll(await makeRows(ctx, at, Math.min(BATCH, from + count - at)))
  bare.pragma("wal_checkpoint(TRUNCATE)")
  bare.close()
}

export interface Rows {
  secret: SecretRow
  version: VersionRow
}

export const makeRows = async (ctx: StoreContext, from: number, count: number): Promise<Rows[]> => {
  const keys = ctx.keys.current
  const ids = Array.from({ length: count }, () => ({ secretId: ctx.newId(), versionId: ctx.randomBytes(16), value: VALUE }))
  const sealed = await sealVersions(keys, ids)
  const at = Math.floor(ctx.clock())
  return sealed.map(({ secretId, id, keyVersion, hasValue, wrap, sealed: bytes }, i) => {
    const same = { namespace: NAMESPACE, number: 1, keyVersion, hasValue, createdAt: at }
    const secret = { ...same, id: secretId, name: nameOf(from + i), versionId: id, updatedAt: at, expiresAt: null, metadata: null, policy: null }
    const version = { ...same, secretId, id, createdBy: CREATED_BY }
    return {
      secret: { ...secret, tag: secretTags.seal(keys, secret) },
      version: { ...version, tag: versionTags.seal(keys, version), wrap, sealed: bytes },
    }
  })
}
