import { Redacted } from "../../base/redacted.ts"
import { assertKeysCurrent, nowOf, type StoreContext } from "../context.ts"
import { LOCAL_USER, type Principal } from "../principal.ts"
import { linkTags } from "../row-tags.ts"
import { currentRoot } from "../store-keys.ts"
import { defineUseCase } from "../use-case.ts"
import { CreateLinkArgs } from "./access-shapes.ts"
import { assertMayHandOn } from "./grants.ts"
import { createSignInCode, formatSignInCode, hashSignInCode } from "./sign-in-code.ts"
import { signedInText } from "./signed-in.ts"

export interface CreatedLink {
  /** Typed by a person, or carried in the fragment of a link. */
  code: Redacted<string>
  expiresAt: number
}

const LINK_TTL_MS = 600_000
const SPENT_LINK_KEPT_MS = 86_400_000

/** A one-time code that signs a person in within ten minutes, with no more than its maker may. */
export const createLink = defineUseCase({
  name: "createLink",
  permission: "admin",
  scope: "store",
  events: [],
  args: CreateLinkArgs,
  run: async (ctx, { person, grants }): Promise<CreatedLink> => {
    const granted = grants ?? [...ctx.actor.grants]
    assertMayHandOn(ctx.actor, granted)
    const keys = ctx.keys.current
    const at = nowOf(ctx)
    const code = createSignInCode(ctx.randomBytes)
    const facts = {
      id: code.id,
      actor: signedInText({ principal: personOf(ctx, person), owner: ctx.actor.principal.id, grants: granted }),
      hash: hashSignInCode(currentRoot(keys).tokens, code),
      createdAt: at,
      expiresAt: at + LINK_TTL_MS,
      usedAt: null,
      attempts: 0,
    }
    await ctx.storage.write(async (tx) => {
      await assertKeysCurrent(tx, keys)
      await tx.run("deleteLinksBefore", { cutoff: at - SPENT_LINK_KEPT_MS })
      await tx.run("deleteSessionsBefore", { cutoff: at })
      await tx.run("insertLink", { ...facts, tag: linkTags.seal(keys, facts) })
    })
    return { code: new Redacted(formatSignInCode(code), "SIGN_IN_CODE"), expiresAt: facts.expiresAt }
  },
})

const personOf = (ctx: StoreContext, person: { id: string; name: string } | undefined): Principal => {
  if (person !== undefined) return { kind: "person", ...person }
  return ctx.actor.principal.kind === "person" ? ctx.actor.principal : LOCAL_USER
}
