import { SecretError } from "../../base/errors.ts"
import type { Actor } from "../principal.ts"

/** The person who acts; null where no person does. A person's token acts for its owner. */
export const personOf = (actor: Actor): string | null => {
  if (actor.principal.kind !== "person") return null
  return actor.credential?.kind === "token" ? (actor.owner ?? actor.principal.id) : actor.principal.id
}

/** Whom the requests of this actor ask. */
export const askedBy = (actor: Actor): string => personOf(actor) ?? actor.owner ?? actor.principal.id

/** Agents and services never widen what agents may do: not with any permission. @throws SecretError `forbidden` */
export const assertPerson = ({ actor }: { actor: Actor }): void => {
  if (actor.principal.kind !== "person") throw new SecretError("forbidden", "only people change what agents may do")
}

/** Says the same of a request that does not exist and of one that is somebody else's. */
export const requestNotFound = (): SecretError => new SecretError("not_found", "there is no such request, or it is not yours")
