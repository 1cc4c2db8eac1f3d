import { equalConstantTime } from "../../crypto/mac.ts"
import { nowOf, type Reads, type StoreContext } from "../context.ts"
import type { SessionRow } from "../ports/rows.ts"
import { isProved, sessionTags } from "../row-tags.ts"
import { currentRoot } from "../store-keys.ts"
import { withFreshKeys } from "../use-case.ts"
import { badCredential, refuseBroken, type Authenticated } from "./credential.ts"
import { hashSessionHalves, parseSessionHalves } from "./session-halves.ts"
import { readSignedIn } from "./signed-in.ts"

const NO_HASH = new Uint8Array(32)

/** Who a session speaks for; both halves are needed. @throws SecretError `unauthorized`, the same whatever is wrong */
export const authenticateSession = (ctx: StoreContext, given: { cookie: string; header: string }): Promise<Authenticated> =>
  refuseBroken(() => withFreshKeys(ctx, async () => {
    const halves = parseSessionHalves(given)
    if (halves === null) throw badCredential()
    const hash = hashSessionHalves(currentRoot(ctx.keys.current).tokens, halves)
    const row = await ctx.storage.one("findSession", { id: halves.id })
    const isRight = equalConstantTime(row?.hash ?? NO_HASH, hash)
    if (row === null || !isRight || !isLive(ctx, row)) throw badCredential()
    return {
      ...readSignedIn(row.actor),
      credential: { kind: "session", id: row.id, expiresAt: row.expiresAt },
      assertLive: async (reads: Reads) => {
        const now = await reads.one("findSession", { id: row.id })
        if (now === null || !isLive(ctx, now)) throw badCredential()
      },
    }
  }))

const isLive = (ctx: StoreContext, row: SessionRow): boolean =>
  isProved<SessionRow>(sessionTags, ctx.keys.current, row) && nowOf(ctx) < row.expiresAt
