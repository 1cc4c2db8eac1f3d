import type { TokenFacts } from "../core/access/token-facts.ts"
import type { AuditEvent } from "../core/event.ts"
import { SecretError } from "../base/errors.ts"
import { createClient, type Client } from "../client/create-client.ts"
import type { Backend, Listed, VersionFacts, Written } from "./backend.ts"
import { environmentsOfServer } from "./environment-backend.ts"
import { requestsOfServer } from "./request-backend.ts"
import type { Environment } from "./command.ts"
import { rotateOnServer } from "./rotate-on-server.ts"

/** The server that SOTTO_URL names, as whoever SOTTO_TOKEN says. */
export const openServerBackend = async (env: Environment): Promise<Backend> => {
  const token = (env.SOTTO_TOKEN ?? "").trim()
  if (token === "")
    throw new SecretError("unauthorized", "SOTTO_URL names a server, and there is no SOTTO_TOKEN to prove who asks", {
      help: "Make a token where the server runs, with `sotto token create`, and set SOTTO_TOKEN.",
    })
  const client = createClient({ url: (env.SOTTO_URL as string).trim(), token })
  return { ...valuesOf(client), ...factsOf(client), ...administrationOf(client), requests: requestsOfServer(client), environments: environmentsOfServer(client), close: async () => undefined }
}

type Values = "put" | "putMany" | "get" | "getMany" | "rollback"

const valuesOf = (client: Client): Pick<Backend, Values> => ({
  put: async ({ workspace, name }, content) => {
    const { secrets } = await client.putSecrets(workspace, { secrets: [{ key: name, ...content }] })
    return written(name, secrets[0] as WrittenFacts)
  },
  putMany: async (workspace, secrets) => {
    const body = { secrets: secrets.map(({ name, ...content }) => ({ key: name, ...content })), purpose: "import" as const }
    const answer = await client.putSecrets(workspace, body)
    return answer.secrets.map((secret) => written(secret.key, secret))
  },
  get: async ({ workspace, name, version }) => {
    const { value, version: read, updatedAt, expiresAt, metadata } = await client.revealSecret(workspace, name, version === undefined ? {} : { version: String(version) })
    return { name, value, version: read, updatedAt, ...(expiresAt !== undefined && { expiresAt }), ...(metadata !== undefined && { metadata }) }
  },
  getMany: async (workspace, names, purpose) => {
    const { secrets, missing } = await client.revealSecrets(workspace, names, purpose)
    return { secrets: secrets.map(({ key, value }) => ({ name: key, value })), missing }
  },
  rollback: async ({ workspace, name }, version) => written(name, await client.rollbackSecret(workspace, name, version)),
})

interface WrittenFacts {
  version: number
  isNew: boolean
  updatedAt: number
  expiresAt?: number | undefined
}

const written = (name: string, { version, isNew, updatedAt, expiresAt }: WrittenFacts): Written => ({
  name,
  version,
  isNew,
  updatedAt,
  ...(expiresAt !== undefined && { expiresAt }),
})

const factsOf = (client: Client): Pick<Backend, "remove" | "list" | "versions" | "events"> => ({
  remove: async ({ workspace, name, ifVersion }) => {
    await client.removeSecret(workspace, name, ifVersion === undefined ? {} : { ifVersion: String(ifVersion) })
    return { removed: true }
  },
  list: async ({ workspace, limit, cursor, ...filters }) => {
    const position = cursor === null ? {} : { cursor }
    const { page, ...end } = await client.listSecrets(workspace, { limit: String(limit), ...position, ...filters })
    return { page: page.map(listed), ...end }
  },
  versions: ({ workspace, name }) => client.listVersions(workspace, name) as Promise<VersionFacts[]>,
  events: async ({ workspace, limit, cursor, name, after, before, type, principal }) => {
    const query = {
      limit: String(limit),
      ...(cursor !== null && { cursor }),
      ...(type !== undefined && { type }),
      ...(principal !== undefined && { principal }),
      ...(after !== undefined && { after: String(after) }),
      ...(before !== undefined && { before: String(before) }),
    }
    const page = workspace === null ? await client.listStoreEvents(query) : await client.listEvents(workspace, { ...query, ...(name !== undefined && { key: name }) })
    return page as { page: AuditEvent[]; isDone: boolean; continueCursor: string }
  },
})

type ListedByServer = Awaited<ReturnType<Client["listSecrets"]>>["page"][number]

const listed = ({ id, key, version, state, createdAt, updatedAt, expiresAt, keyVersion, metadata }: ListedByServer): Listed => ({
  id,
  name: key,
  version,
  state,
  createdAt,
  updatedAt,
  ...(expiresAt !== undefined && { expiresAt }),
  keyVersion,
  ...(metadata !== undefined && { metadata }),
})

type Administration = Omit<Backend, Values | "remove" | "list" | "versions" | "events" | "requests" | "environments" | "close">

const administrationOf = (client: Client): Administration => ({
  listWorkspaces: async () => (await client.listWorkspaces()).map(({ id }) => id),
  createWorkspace: async (id) => void (await client.createWorkspace(id)),
  deleteWorkspace: async (id) => void (await client.deleteWorkspace(id)),
  keyringStatus: () => client.keyringStatus() as ReturnType<Backend["keyringStatus"]>,
  addKey: () => client.addKey(),
  retireKey: (version) => client.retireKey(version),
  rotate: (request) => rotateOnServer(client, request),
  cleanup: async ({ secretsMs, eventsMs }) => {
    const body = { ...(secretsMs !== undefined && { secretsRetentionMs: secretsMs }), ...(eventsMs !== undefined && { eventsRetentionMs: eventsMs }) }
    const { secrets, events } = await client.cleanUp(body)
    const none = { deleted: 0, isDone: true }
    return { secrets: secrets ?? none, events: events ?? none }
  },
  listTokens: () => client.listTokens() as Promise<TokenFacts[]>,
  createToken: async ({ grants, ...wanted }) => {
    const body = { ...wanted, grants: grants.map(({ pattern, permissions }) => ({ pattern, permissions: [...permissions] })) }
    const { token, ...facts } = await client.createToken(body)
    return { facts: facts as TokenFacts, token }
  },
  revokeToken: async (id) => {
    await client.revokeToken(id)
    return { revoked: true }
  },
})
