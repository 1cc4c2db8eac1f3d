/** Shapes of tokens, links, sessions and workspaces, as they come from outside. */
import * as z from "zod/mini"
import { NEVER_FOR_AGENTS, PERMISSIONS } from "../principal.ts"
import { Namespace, PrincipalKindName, TtlMs } from "../shapes.ts"

const MAX_GRANTS = 100

const text = (what: string) =>
  z.string(`${what} must be a string`).check(
    z.refine((value) => value.trim() !== "", { error: `${what} must not be empty`, abort: true }),
    z.refine((value) => value.length <= 256, { error: `${what} must be at most 256 characters`, abort: true }),
    z.refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), `${what} must not contain control characters`),
  )

export const PermissionName = z.enum(PERMISSIONS, `a permission is one of ${PERMISSIONS.join(", ")}`)

/** A workspace id, a prefix that ends in `*`, or `*`. */
const Pattern = text("pattern").check(
  z.refine((pattern) => !pattern.slice(0, -1).includes("*"), "a pattern has its * at the end"),
)

export const GrantShape = z.strictObject({
  pattern: Pattern,
  permissions: z.readonly(
    z.array(PermissionName, "permissions must be an array").check(z.minLength(1, "permissions must not be empty")),
  ),
})

const Grants = z
  .array(GrantShape, "grants must be an array")
  .check(z.minLength(1, "grants must not be empty"), z.maxLength(MAX_GRANTS, `grants must be at most ${MAX_GRANTS}`))

export const CreateTokenArgs = () =>
  z.strictObject({
    kind: PrincipalKindName,
    name: text("name"),
    /** Who answers for it; the maker where none is named. */
    owner: z.optional(text("owner")),
    grants: Grants,
    ttlMs: z.optional(TtlMs),
  })
  .check(
    z.refine(
      ({ kind, grants }) => kind !== "agent" || grants.every((grant) => grant.permissions.every((each) => !NEVER_FOR_AGENTS.includes(each))),
      { error: `a token of an agent can never hold ${NEVER_FOR_AGENTS.join(", ")}`, path: ["grants"] },
    ),
  )

export const TokenRef = () => z.strictObject({ id: text("id") })

export const CreateLinkArgs = () => z.strictObject({
  /** Who signs in; the maker where that is a person, else the local user. */
  person: z.optional(z.strictObject({ id: text("id"), name: text("name") })),
  grants: z.optional(Grants),
})

export const RedeemLinkArgs = () => z.strictObject({ code: z.string("code must be a string").check(z.maxLength(256, "code is too long")) })

export const SessionRef = () => z.strictObject({ id: text("id") })

export const WorkspaceId = Namespace.check(z.refine((id) => !id.includes("*"), "a workspace id holds no *"))

export const NewWorkspaceRef = () => z.strictObject({ namespace: WorkspaceId })
export const AnyWorkspaceRef = () => z.strictObject({ namespace: Namespace })
