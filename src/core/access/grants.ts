import { canonicalJson, type JsonValue } from "../../base/canonical-json.ts"
import { SecretError } from "../../base/errors.ts"
import { coversWorkspace } from "../authorize.ts"
import { NEVER_FOR_AGENTS, PERMISSIONS, type Actor, type Grant, type Permission, type PrincipalKind } from "../principal.ts"

/** What is laid down: no permission twice, each in the order of the table. */
export const grantsText = (grants: readonly Grant[]): string =>
  canonicalJson(
    grants.map(({ pattern, permissions }): JsonValue => ({ pattern, permissions: PERMISSIONS.filter((each) => permissions.includes(each)) })),
  )

/** What was laid down, without what this kind of principal can never hold. */
export const readGrants = (text: string, kind: PrincipalKind): Grant[] =>
  (JSON.parse(text) as Grant[]).map(({ pattern, permissions }) => ({
    pattern,
    permissions: kind === "agent" ? permissions.filter((each) => !NEVER_FOR_AGENTS.includes(each)) : permissions,
  }))

/** Nobody hands on more than they hold. @throws SecretError `forbidden` */
export const assertMayHandOn = (actor: Actor, grants: readonly Grant[]): void => {
  for (const { pattern, permissions } of grants) {
    const lacking = permissions.find((permission) => !holdsOnPattern(actor, permission, pattern))
    if (lacking !== undefined)
      throw new SecretError("forbidden", `you cannot hand on the permission "${lacking}" on "${pattern}": you do not hold it there`, {
        details: { permission: lacking, pattern },
      })
  }
}

/** A pattern is covered where every workspace that it covers is: `acme:*` covers `acme:a`, `acme:a*` and `acme:*`. */
const holdsOnPattern = (actor: Actor, permission: Permission, pattern: string): boolean =>
  actor.grants.some((grant) => grant.permissions.includes(permission) && coversPattern(grant.pattern, pattern))

const coversPattern = (outer: string, inner: string): boolean =>
  outer === inner || (outer.endsWith("*") && coversWorkspace(outer, inner.endsWith("*") ? inner.slice(0, -1) : inner))
