import { Redacted } from "../../base/redacted.ts"
import { equalConstantTime } from "../../crypto/mac.ts"
import { appendEvents, assertKeysCurrent, nowOf, type StoreContext } from "../context.ts"
import type { LinkRow, SessionRow } from "../ports/rows.ts"
import type { Transaction } from "../ports/storage.ts"
import type { Grant, Principal } from "../principal.ts"
import { isProved, linkTags, sessionTags } from "../row-tags.ts"
import { currentRoot, type StoreKeys } from "../store-keys.ts"
import { defineUseCase } from "../use-case.ts"
import { RedeemLinkArgs } from "./access-shapes.ts"
import { badCredential } from "./credential.ts"
import { createSessionHalves, hashSessionHalves, type SessionHalves } from "./session-halves.ts"
import { hashSignInCode, parseSignInCode } from "./sign-in-code.ts"
import { readSignedIn } from "./signed-in.ts"

export interface NewSession {
  id: string
  cookie: Redacted<string>
  header: Redacted<string>
  principal: Principal
  grants: Grant[]
  expiresAt: number
}

const MAX_TRIES = 5
const SESSION_TTL_MS = 12 * 3_600_000
const NO_HASH = new Uint8Array(32)

/**
 * Turns a sign-in code into a session of twelve hours, once. Five wrong tries spend the code.
 * @throws SecretError `unauthorized`, the same whatever is wrong
 */
export const redeemLink = defineUseCase({
  name: "redeemLink",
  permission: null,
  scope: "store",
  events: ["person_signed_in"],
  args: RedeemLinkArgs,
  run: async (ctx, { code: text }): Promise<NewSession> => {
    const code = parseSignInCode(text)
    if (code === null) throw badCredential()
    const keys = ctx.keys.current
    const hash = hashSignInCode(currentRoot(keys).tokens, code)
    const halves = createSessionHalves(ctx.randomBytes)
    // the refusal is no exception inside: a wrong try has to be counted, and a rollback would forget it
    const session = await ctx.storage.write(async (tx) => {
      await assertKeysCurrent(tx, keys)
      const link = await tx.one("lockLink", { id: code.id })
      const isRight = equalConstantTime(link?.hash ?? NO_HASH, hash)
      if (link === null || !isOpen(ctx, keys, link)) return null
      if (isRight) return openSession(ctx, tx, { keys, link, halves })
      await putLink(tx, keys, { ...link, attempts: link.attempts + 1 })
      return null
    })
    if (session === null) throw badCredential()
    return session
  },
})

const isOpen = (ctx: StoreContext, keys: StoreKeys, link: LinkRow): boolean =>
  isProved<LinkRow>(linkTags, keys, link) && link.usedAt === null && link.attempts < MAX_TRIES && nowOf(ctx) < link.expiresAt

const putLink = (tx: Transaction, keys: StoreKeys, link: LinkRow): Promise<number> =>
  tx.run("updateLink", { ...link, tag: linkTags.seal(keys, link) })

const openSession = async (
  ctx: StoreContext,
  tx: Transaction,
  { keys, link, halves }: { keys: StoreKeys; link: LinkRow; halves: SessionHalves },
): Promise<NewSession> => {
  const at = nowOf(ctx)
  const { id } = halves
  const facts: Omit<SessionRow, "tag"> = {
    id,
    actor: link.actor,
    hash: hashSessionHalves(currentRoot(keys).tokens, halves),
    createdAt: at,
    expiresAt: at + SESSION_TTL_MS,
  }
  const { principal, grants } = readSignedIn(link.actor)
  await putLink(tx, keys, { ...link, usedAt: at })
  await tx.run("insertSession", { ...facts, tag: sessionTags.seal(keys, facts) })
  await appendEvents(tx, [{ type: "person_signed_in", at, principal, metadata: { sessionId: id } }])
  const redacted = (text: string): Redacted<string> => new Redacted(text, "SESSION")
  return { id, cookie: redacted(halves.cookie), header: redacted(halves.header), principal, grants, expiresAt: facts.expiresAt }
}
