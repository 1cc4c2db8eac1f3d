import { canonicalJson, type JsonValue } from "../../base/canonical-json.ts"
import { badCredential } from "../access/credential.ts"
import { grantsText } from "../access/grants.ts"
import type { StoreContext } from "../context.ts"
import { principalBody } from "../event.ts"
import type { TokenRow } from "../ports/rows.ts"
import { askedBy } from "../requests/person.ts"
import { isIntact, tokenTags } from "../row-tags.ts"
import type { Actor, Grant, Principal } from "../principal.ts"

interface StoredActor {
  principal: Principal
  grants: Grant[]
  owner?: string
  credential?: { kind: "token" | "session" | "operator"; id: string }
}

/** Who started a run, as it is laid down: the run acts as them, with no more than they had then. */
export const actorText = ({ principal, grants, owner, credential }: Actor): string =>
  canonicalJson({
    principal: principalBody(principal),
    grants: JSON.parse(grantsText(grants)) as JsonValue,
    ...(owner !== undefined && { owner }),
    ...(credential !== undefined && { credential: { kind: credential.kind, id: credential.id } }),
  })

/** The actor again, for the next step. One whose token was revoked or has expired meanwhile acts no more. For whoever has made sure of their keys. @throws SecretError `unauthorized` */
export const readActor = async (ctx: StoreContext, text: string): Promise<Actor> => {
  const stored = JSON.parse(text) as StoredActor
  if (stored.credential?.kind !== "token") return stored
  const row = await ctx.storage.one("findToken", { id: stored.credential.id })
  const isLive = row !== null && isIntact<TokenRow>(tokenTags, ctx.keys.current, row) && row.revokedAt === null && (row.expiresAt === null || ctx.clock() < row.expiresAt)
  if (!isLive) throw badCredential()
  return stored
}

/** Whether a run, already proved, is this caller's: agents of different people may go by one name. */
export const isStarter = ({ actor }: StoreContext, text: string): boolean => {
  const stored = JSON.parse(text) as StoredActor
  return stored.principal.kind === actor.principal.kind && stored.principal.id === actor.principal.id && askedBy(stored) === askedBy(actor)
}
