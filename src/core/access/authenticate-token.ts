import { wipe } from "../../base/bytes.ts"
import { equalConstantTime, hmacSha256 } from "../../crypto/mac.ts"
import { assertKeysCurrent, nowOf, type Reads, type StoreContext } from "../context.ts"
import type { TokenRow } from "../ports/rows.ts"
import { isProved, tokenTags } from "../row-tags.ts"
import { currentRoot } from "../store-keys.ts"
import { withFreshKeys } from "../use-case.ts"
import { badCredential, refuseBroken, type Authenticated } from "./credential.ts"
import { readGrants } from "./grants.ts"
import { parseToken } from "./token-text.ts"

const NO_HASH = new Uint8Array(32)

/** The use of a token is noted no more often than this. */
const USE_NOTED_EVERY_MS = 60_000

/**
 * Who a token speaks for. `assertLive` asks again inside a transaction. An unknown id costs what a wrong secret costs.
 * @throws SecretError `unauthorized`, the same whatever is wrong
 */
export const authenticateToken = (ctx: StoreContext, text: string): Promise<Authenticated> =>
  refuseBroken(() => withFreshKeys(ctx, async () => {
    const parts = parseToken(text)
    if (parts === null) throw badCredential()
    const hash = hmacSha256(currentRoot(ctx.keys.current).tokens, parts.secret)
    wipe(parts.secret)
    const row = await ctx.storage.one("findToken", { id: parts.id })
    const isRight = equalConstantTime(row?.hash ?? NO_HASH, hash)
    if (row === null || !isRight || row.kind !== parts.kind || !isLive(ctx, row)) throw badCredential()
    await noteUse(ctx, row)
    return actorOf(ctx, row)
  }))

const isLive = (ctx: StoreContext, row: TokenRow): boolean =>
  isProved<TokenRow>(tokenTags, ctx.keys.current, row) &&
  row.revokedAt === null &&
  (row.expiresAt === null || nowOf(ctx) < row.expiresAt)

const actorOf = (ctx: StoreContext, row: TokenRow): Authenticated => ({
  principal: { kind: row.kind, id: row.id, name: row.name },
  owner: row.owner,
  grants: readGrants(row.grants, row.kind),
  credential: { kind: "token", id: row.id, expiresAt: row.expiresAt },
  assertLive: async (reads: Reads) => {
    const now = await reads.one("findToken", { id: row.id })
    if (now === null || !isLive(ctx, now)) throw badCredential()
  },
})

const isNoted = (ctx: StoreContext, row: TokenRow): boolean =>
  row.lastUsedAt !== null && nowOf(ctx) - row.lastUsedAt < USE_NOTED_EVERY_MS

const noteUse = async (ctx: StoreContext, seen: TokenRow): Promise<void> => {
  if (isNoted(ctx, seen)) return
  await ctx.storage.write(async (tx) => {
    const keys = ctx.keys.current
    await assertKeysCurrent(tx, keys)
    const row = await tx.one("lockToken", { id: seen.id })
    if (row === null || !isLive(ctx, row)) throw badCredential()
    if (isNoted(ctx, row)) return
    const used = { ...row, lastUsedAt: nowOf(ctx) }
    await tx.run("updateToken", { ...used, tag: tokenTags.seal(keys, used) })
  })
}
