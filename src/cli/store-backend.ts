import type { StoreContext } from "../core/context.ts"
import type { ListedSecret } from "../core/list.ts"
import type { PutResult } from "../core/write-secrets.ts"
import type { SecretReading } from "../core/reading.ts"
import { agentOfShell } from "./agent-shell.ts"
import type { Backend, Listed, Read, Written } from "./backend.ts"
import type { Call } from "./command.ts"
import { openLocalStore } from "./open-local-store.ts"
import { environmentsOfStore } from "./environment-backend.ts"
import { requestsOfStore } from "./request-backend.ts"
import { storeAdministration } from "./store-administration.ts"

/** The store itself, as the local user. Each use case is loaded when it is asked for. */
export const openStoreBackend = async (call: Call): Promise<Backend> => {
  const { ctx, close, keyring } = await openLocalStore(call)
  return { ...valuesOf(ctx), ...factsOf(ctx), ...storeAdministration(ctx, keyring), requests: requestsOfStore(ctx, agentOfShell(call.env)), environments: environmentsOfStore(ctx), close }
}

type Values = "put" | "putMany" | "get" | "getMany" | "rollback"

const valuesOf = (ctx: StoreContext): Pick<Backend, Values> => ({
  put: async ({ workspace, name }, content) => {
    const { put } = await import("../core/put.ts")
    return written(name, await put(ctx, { namespace: workspace, name, ...content }))
  },
  putMany: async (workspace, secrets) => {
    const { putMany } = await import("../core/put-many.ts")
    const results = await putMany(ctx, { namespace: workspace, secrets: [...secrets], purpose: "import" })
    return results.map((result) => written(result.name, result))
  },
  get: async ({ workspace, name, version }) => {
    const { getOrThrow } = await import("../core/get.ts")
    const reading = await getOrThrow(ctx, { namespace: workspace, name, ...(version !== undefined && { version }) })
    return plainReading(name, reading)
  },
  getMany: async (workspace, names, purpose) => {
    const { getMany } = await import("../core/get-many.ts")
    const { secrets, missing } = await getMany(ctx, { namespace: workspace, names: [...names], ...(purpose && { purpose }) })
    return { secrets: secrets.map(({ name, value }) => ({ name, value })), missing: missing.map(({ name }) => name) }
  },
  rollback: async ({ workspace, name }, version) => {
    const { rollback } = await import("../core/rollback.ts")
    return written(name, await rollback(ctx, { namespace: workspace, name, version }))
  },
})

const factsOf = (ctx: StoreContext): Pick<Backend, "remove" | "list" | "versions" | "events"> => ({
  remove: async ({ workspace, ...ref }) => {
    const { remove } = await import("../core/remove.ts")
    return remove(ctx, { namespace: workspace, ...ref })
  },
  list: async ({ workspace, limit, cursor, ...filters }) => {
    const { list } = await import("../core/list.ts")
    const paginationOpts = { numItems: limit, cursor }
    const { page, ...end } = await list(ctx, { namespace: workspace, paginationOpts, orderBy: "name", order: "asc", ...filters })
    return { page: page.map(listed), ...end }
  },
  versions: async ({ workspace, name }) => {
    const { versions } = await import("../core/versions.ts")
    return versions(ctx, { namespace: workspace, name })
  },
  events: async ({ workspace, limit, cursor, ...filters }) => {
    const { listEvents } = await import("../core/list-events.ts")
    const scope = workspace === null ? { store: true } : { namespace: workspace }
    return listEvents(ctx, { ...scope, ...filters, paginationOpts: { numItems: limit, cursor }, order: "desc" })
  },
})

/** A plain object, which prints its value: commands print it on purpose. */
const plainReading = (name: string, { value, version, updatedAt, expiresAt, metadata }: SecretReading): Read => ({
  name,
  value,
  version,
  updatedAt,
  ...(expiresAt !== undefined && { expiresAt }),
  ...(metadata !== undefined && { metadata }),
})

const written = (name: string, { version, isNew, updatedAt, expiresAt }: PutResult): Written => ({
  name,
  version,
  isNew,
  updatedAt,
  ...(expiresAt !== undefined && { expiresAt }),
})

const listed = ({ secretId, name, version, effectiveState, createdAt, updatedAt, expiresAt, keyVersion, metadata }: ListedSecret): Listed => ({
  id: secretId,
  name,
  version,
  state: effectiveState,
  createdAt,
  updatedAt,
  ...(expiresAt !== undefined && { expiresAt }),
  keyVersion,
  ...(metadata !== undefined && { metadata }),
})
