import { canonicalJson } from "../../base/canonical-json.ts"
import { SecretError } from "../../base/errors.ts"
import { authorize, authorizeStore } from "../authorize.ts"
import { isLoopbackHost } from "./loopback.ts"
import { randomBase62 } from "../access/base62.ts"
import { assertWorkspaceExists } from "../access/find-workspace.ts"
import { appendEvents, assertKeysCurrent, nowOf, type StoreContext, type Transaction } from "../context.ts"
import { principalBody } from "../event.ts"
import { DEFAULT_NAMESPACE } from "../limits.ts"
import type { EnvironmentRow } from "../ports/rows.ts"
import { environmentTags } from "../row-tags.ts"
import { SANDBOX_ID_LENGTH } from "../sandbox/enrolment-token.ts"
import { defineUseCase } from "../use-case.ts"
import { AddEnvironmentArgs, EnvironmentRef, ListEnvironmentsArgs, RemoveEnvironmentArgs } from "./environment-shapes.ts"
import { appliedOf, environmentEvent, environmentNotFound, findEnvironment, lockEnvironment, NOTHING_APPLIED, saveEnvironment } from "./environment-row.ts"
import { listCandidates } from "./desired.ts"
import { isLeaseOver, viewOfEnvironment, type EnvironmentView } from "./environment-view.ts"

/**
 * A remote environment that the workspace is to deliver to. It gets nothing before it is enrolled. Beside `admin` it needs `reveal`,
 * because what is delivered is seen there, and `admin` on the store for an address of the store's own machine or network.
 * @throws SecretError `already_exists`, `forbidden`
 */
export const addEnvironment = defineUseCase({
  name: "addEnvironment",
  permission: "admin",
  scope: "workspace",
  events: ["environment_added"],
  args: AddEnvironmentArgs,
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, name, address = null, allowsPrivate = false, keys = ["*"], restart = "auto" }): Promise<EnvironmentView> => {
    assertMayDeliver(ctx, { namespace, address, allowsPrivate })
    const facts = newEnvironment(ctx, { namespace, name, address, allowsPrivate, keys, restart })
    const row = { ...facts, tag: environmentTags.seal(ctx.keys.current, facts) }
    await ctx.storage.write(async (tx) => {
      await assertKeysCurrent(tx, ctx.keys.current)
      await assertWorkspaceExists(ctx, namespace, tx) // held until the end: none is left over for a workspace of the same name
      if ((await tx.run("insertEnvironment", row)) === 0)
        throw new SecretError("already_exists", `there is an environment "${name}" already`, { details: { environment: name } })
      await appendEvents(tx, [environmentEvent(ctx, row, { type: "environment_added" })])
    })
    return viewOfEnvironment(ctx, row, [])
  },
})

/** The environments of a workspace, by name. */
export const listEnvironments = defineUseCase({
  name: "listEnvironments",
  permission: "list",
  scope: "workspace",
  events: [],
  args: ListEnvironmentsArgs,
  run: async (ctx, { namespace = DEFAULT_NAMESPACE }): Promise<EnvironmentView[]> => {
    await assertWorkspaceExists(ctx, namespace)
    const rows = await ctx.storage.all("listEnvironments", { namespace })
    for (const row of rows) environmentTags.assert(ctx.keys.current, row)
    const candidates = rows.length === 0 ? [] : await listCandidates(ctx, namespace)
    return rows.map((row) => viewOfEnvironment(ctx, row, candidates))
  },
})

/** How one stands. @throws SecretError `not_found` */
export const environmentStatus = defineUseCase({
  name: "environmentStatus",
  permission: "list",
  scope: "workspace",
  events: [],
  args: EnvironmentRef,
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, name }): Promise<EnvironmentView> => {
    const row = await findEnvironment(ctx, namespace, name)
    return viewOfEnvironment(ctx, row, await listCandidates(ctx, namespace))
  },
})

/**
 * Takes an environment away: first what stands in its sandbox, then the environment. While the sandbox cannot be reached it is
 * `revocation_pending`, until it is, or its lease is over. With `force` it goes at once, and what stands there stays.
 * @throws SecretError `not_found`
 */
export const removeEnvironment = defineUseCase({
  name: "removeEnvironment",
  permission: "admin",
  scope: "workspace",
  events: ["environment_removed", "sync_due"],
  args: RemoveEnvironmentArgs,
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, name, force = false }): Promise<{ removed: boolean }> => {
    const { id } = await findEnvironment(ctx, namespace, name)
    return ctx.storage.write(async (tx) => {
      await assertKeysCurrent(tx, ctx.keys.current)
      const row = await lockEnvironment(ctx, tx, id)
      if (row === null) throw environmentNotFound(name)
      const holdsNothing = row.signingKey === null || isLeaseOver(ctx, row) || (appliedOf(row).manifest.length === 0 && row.sent === null)
      if (force || holdsNothing) return deleteEnvironment(ctx, tx, row)
      if (row.removedAt === null) await saveEnvironment(ctx, tx, { ...row, removedAt: nowOf(ctx), isRevoking: 1 })
      await tx.run("markEnvironmentDue", { id, dueAt: nowOf(ctx) })
      await appendEvents(tx, [environmentEvent(ctx, row, { type: "sync_due" })])
      return { removed: false }
    })
  },
})

export const deleteEnvironment = async (ctx: StoreContext, tx: Transaction, row: EnvironmentRow): Promise<{ removed: true }> => {
  await tx.run("deleteEnvironment", { id: row.id })
  await appendEvents(tx, [environmentEvent(ctx, row, { type: "environment_removed", more: { left: appliedOf(row).manifest.map(({ key }) => key) } })])
  return { removed: true }
}

interface Delivered {
  namespace: string
  address: string | null
  allowsPrivate: boolean
}

/** Nobody hands on more than they hold, and nobody of one workspace looks around where the store runs. @throws SecretError `forbidden` */
const assertMayDeliver = ({ actor }: StoreContext, { namespace, address, allowsPrivate }: Delivered): void => {
  authorize(actor, "reveal", namespace)
  if (allowsPrivate || (address !== null && isLoopbackHost(new URL(address).hostname))) authorizeStore(actor, "admin")
}

interface NewEnvironment extends Delivered {
  name: string
  keys: readonly string[]
  restart: "auto" | "never"
}

const newEnvironment = (ctx: StoreContext, { namespace, name, address, allowsPrivate, keys, restart }: NewEnvironment): Omit<EnvironmentRow, "tag"> => {
  const at = nowOf(ctx)
  return {
    id: randomBase62(ctx.randomBytes, SANDBOX_ID_LENGTH),
    namespace,
    name,
    address,
    allowsPrivate: allowsPrivate ? 1 : 0,
    keys: JSON.stringify(keys),
    restart,
    sealingKey: null,
    signingKey: null,
    facts: null,
    enrolment: null,
    generation: 0,
    applied: JSON.stringify(NOTHING_APPLIED),
    sent: null,
    result: null,
    error: null,
    isRevoking: 0,
    contactAt: null,
    removedAt: null,
    createdAt: at,
    createdBy: canonicalJson(principalBody(ctx.actor.principal)),
    updatedAt: at,
    attempts: 0,
    dueAt: null,
    claimedBy: null,
    claimedUntil: null,
  }
}
