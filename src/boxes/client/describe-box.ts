import { isBoxId, type BoxId } from "../protocol/keys.ts"
import { notAuthentic } from "./failures.ts"

/** One secret of a box, by name. */
export interface ListedSecret {
  secretId: string
  /** Who shared it; absent for what the box's own client keeps. */
  from?: BoxId
  /** Present where one read takes it away. */
  isOneTime?: true
}

/** All secrets that the description of a box names. @throws SecretError `not_authentic` for what describes no box */
export const listSecrets = (description: unknown): ListedSecret[] => {
  const { secrets, subSpaces } = entries(description)
  const own = Object.entries(entries(secrets)).map(([secretId, found]) => listed(secretId, found))
  const shared = Object.entries(entries(subSpaces)).flatMap(([from, space]) =>
    Object.entries(entries(entries(space)["secrets"])).map(([secretId, found]) => ({ ...listed(secretId, found), from: idOf(from) })),
  )
  return [...own, ...shared]
}

/** A reader may be shown it, or look for it among those whom it knows. */
const idOf = (from: string): BoxId => {
  if (!isBoxId(from)) throw notAuthentic()
  return from
}

const entries = (value: unknown): Record<string, unknown> => {
  if (typeof value !== "object" || value === null) throw notAuthentic()
  return value as Record<string, unknown>
}

const listed = (secretId: string, found: unknown): ListedSecret => ({ secretId, ...(entries(found)["isOneTime"] === true && { isOneTime: true }) })
