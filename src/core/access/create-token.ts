import { canonicalJson } from "../../base/canonical-json.ts"
import { wipe } from "../../base/bytes.ts"
import { Redacted } from "../../base/redacted.ts"
import { hmacSha256 } from "../../crypto/mac.ts"
import { appendEvents, assertKeysCurrent, nowOf } from "../context.ts"
import { principalBody } from "../event.ts"
import { tokenTags } from "../row-tags.ts"
import { currentRoot } from "../store-keys.ts"
import { defineUseCase } from "../use-case.ts"
import { CreateTokenArgs } from "./access-shapes.ts"
import { randomBase62 } from "./base62.ts"
import { assertMayHandOn, grantsText } from "./grants.ts"
import { tokenFacts, type TokenFacts } from "./token-facts.ts"
import { formatToken, TOKEN_ID_LENGTH, TOKEN_SECRET_BYTES } from "./token-text.ts"

export interface CreatedToken extends TokenFacts {
  /** The one time that it is shown: the store keeps an HMAC. */
  token: Redacted<string>
}

/** Makes a token. @throws SecretError `forbidden` where it would hold more than its maker; `invalid_argument` */
export const createToken = defineUseCase({
  name: "createToken",
  permission: "admin",
  scope: "store",
  events: ["token_created"],
  args: CreateTokenArgs,
  run: async (ctx, { kind, name, owner, grants, ttlMs }): Promise<CreatedToken> => {
    assertMayHandOn(ctx.actor, grants)
    const keys = ctx.keys.current
    const at = nowOf(ctx)
    const id = randomBase62(ctx.randomBytes, TOKEN_ID_LENGTH)
    const secret = ctx.randomBytes(TOKEN_SECRET_BYTES)
    const facts = {
      id,
      kind,
      owner: owner ?? ctx.actor.principal.id,
      name,
      hash: hmacSha256(currentRoot(keys).tokens, secret),
      grants: grantsText(grants),
      createdAt: at,
      createdBy: canonicalJson(principalBody(ctx.actor.principal)),
      expiresAt: ttlMs === undefined || ttlMs === null ? null : at + ttlMs,
      revokedAt: null,
      lastUsedAt: null,
    }
    const row = { ...facts, tag: tokenTags.seal(keys, facts) }
    await ctx.storage.write(async (tx) => {
      await assertKeysCurrent(tx, keys)
      await tx.run("insertToken", row)
      const metadata = { tokenId: id, name, kind, owner: row.owner }
      await appendEvents(tx, [{ type: "token_created", at, principal: ctx.actor.principal, metadata }])
    })
    const token = new Redacted(formatToken({ kind, id, secret }), "TOKEN")
    wipe(secret)
    return { ...tokenFacts(row), token }
  },
})
