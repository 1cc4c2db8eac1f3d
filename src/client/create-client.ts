import type { AnswerOf, BodyInputOf } from "../api/route.ts"
import type { RouteName, Routes } from "../api/routes.ts"
import { isSecretError, SecretError } from "../base/errors.ts"
import { readEventStream, type SecretChange } from "./event-stream.ts"
import { RevealedSecret, RevealedSecretDetails } from "./revealed-secret.ts"
import { createTransport, failure, type CallOptions, type ClientOptions, type Question, type Transport } from "./transport.ts"

type Answer<Name extends RouteName> = AnswerOf<Routes[Name]>
type Body<Name extends RouteName> = NonNullable<BodyInputOf<Routes[Name]>>
type Query<Name extends RouteName> = NonNullable<Question<Name>["query"]>
type Page = Extract<Answer<"listSecrets">, { page: unknown }>
type Keys = Exclude<Answer<"listSecrets">, { page: unknown }>

/** A server's client: one method for each route. Every failure is a SecretError with the code that the store would give. */
export type Client = ReturnType<typeof createClient>

/** @throws SecretError `invalid_argument` for an address that must not be used */
export const createClient = (options: ClientOptions) => {
  const transport = createTransport(options)
  return { ...secretsOf(transport), ...eventsOf(transport), ...workspacesOf(transport), ...keyringOf(transport), ...accessOf(transport), ...requestsOf(transport), ...policiesOf(transport), ...workflowsOf(transport), ...environmentsOf(transport) }
}

const secretsOf = (transport: Transport) => ({ ...readingOf(transport), ...writingOf(transport) })

const readingOf = ({ call }: Transport) => ({
  /** All keys of a workspace. */
  listKeys: (w: string, options?: CallOptions): Promise<Keys> => call("listSecrets", { params: { w }, ...options }) as Promise<Keys>,

  /** One page, by key unless asked otherwise. */
  listSecrets: (w: string, { limit = 100, ...query }: Query<"listSecrets"> = {}, options?: CallOptions): Promise<Page> =>
    call("listSecrets", { params: { w }, query: { limit, ...query }, ...options }) as Promise<Page>,

  /** A value; leaves an event. @throws SecretError `not_found`, `expired`, `key_unavailable` */
  revealSecret: async (w: string, ref: string, query: Query<"revealSecret"> = {}, options?: CallOptions): Promise<RevealedSecretDetails> =>
    new RevealedSecretDetails(await withRef({ call }, w, ref, (found) => call("revealSecret", { params: { w, ref: found }, query, ...options }))),

  /** Many values at once, an event each; those that cannot be had are named. */
  revealSecrets: async (w: string, keys: readonly string[], purpose?: "export", options?: CallOptions) => {
    const body = { keys: [...keys], ...(purpose && { purpose }) }
    const { secrets, missing } = await call("revealSecrets", { params: { w }, body, ...options })
    return { secrets: secrets.map((secret) => new RevealedSecret(secret)), missing }
  },

  listVersions: (w: string, ref: string, options?: CallOptions): Promise<Answer<"listVersions">> =>
    withRef({ call }, w, ref, (found) => call("listVersions", { params: { w, ref: found }, ...options })),
})

const writingOf = ({ call }: Transport) => ({
  /** @throws SecretError `already_exists` */
  createSecret: (w: string, body: Body<"createSecret">, options?: CallOptions): Promise<Answer<"createSecret">> =>
    call("createSecret", { params: { w }, body, ...options }),

  upsertSecret: (w: string, body: Body<"upsertSecret">, options?: CallOptions): Promise<Answer<"upsertSecret">> =>
    call("upsertSecret", { params: { w }, body, ...options }),

  /** All or none; tells the version of each. @throws SecretError `version_conflict` */
  putSecrets: (w: string, body: Body<"putSecrets">, options?: CallOptions): Promise<Answer<"putSecrets">> =>
    call("putSecrets", { params: { w }, body, ...options }),

  /** @throws SecretError `not_found`, `version_conflict` */
  updateSecret: (w: string, ref: string, body: Body<"updateSecret">, options?: CallOptions): Promise<Answer<"updateSecret">> =>
    withRef({ call }, w, ref, (found) => call("updateSecret", { params: { w, ref: found }, body, ...options })),

  /** @throws SecretError `not_found`, `version_conflict` */
  removeSecret: (w: string, ref: string, query: Query<"removeSecret"> = {}, options?: CallOptions): Promise<Answer<"removeSecret">> =>
    withRef({ call }, w, ref, (found) => call("removeSecret", { params: { w, ref: found }, query, ...options })),

  rollbackSecret: (w: string, ref: string, version: number, options?: CallOptions): Promise<Answer<"rollbackSecret">> =>
    withRef({ call }, w, ref, (found) => call("rollbackSecret", { params: { w, ref: found }, body: { version }, ...options })),
})

/** Names that a path cannot carry: a URL takes the first two for steps, and the third is another route. */
const UNSPEAKABLE: readonly string[] = [".", "..", "upsert"]

/** Does `work` with a reference that can stand in a path; a key that cannot is looked up for its id. */
const withRef = async <T>({ call }: Pick<Transport, "call">, w: string, ref: string, work: (ref: string) => Promise<T>): Promise<T> => {
  if (!UNSPEAKABLE.includes(ref)) return work(ref)
  const { page } = (await call("listSecrets", { params: { w }, query: { limit: 1, prefix: ref } })) as Page
  const found = page.find(({ key }) => key === ref)
  if (found === undefined) throw new SecretError("not_found", `Secret with ID ${ref} not found`)
  return work(found.id)
}

const eventsOf = ({ call, stream }: Transport) => ({
  listEvents: (w: string, query: Query<"listEvents"> = {}, options?: CallOptions): Promise<Answer<"listEvents">> =>
    call("listEvents", { params: { w }, query, ...options }),

  /** How often secrets were read, written and denied, in spans of equal length from `since` to `until`. */
  activity: (w: string, query: Query<"activity">, options?: CallOptions): Promise<Answer<"activity">> =>
    call("activity", { params: { w }, query, ...options }),

  /** Events of the store itself. */
  listStoreEvents: (query: Query<"listStoreEvents"> = {}, options?: CallOptions): Promise<Answer<"listStoreEvents">> =>
    call("listStoreEvents", { query, ...options }),

  /** Changes from now on, until the server ends the stream or the loop is left. */
  streamEvents: async function* (query: Query<"streamEvents"> = {}, options: CallOptions = {}): AsyncGenerator<SecretChange, void, undefined> {
    const left = new AbortController() // cancelling the body alone may leave the connection open
    const signal = AbortSignal.any([left.signal, ...(options.signal ? [options.signal] : [])])
    try {
      yield* readEventStream(await stream("streamEvents", { query, signal }))
    } catch (error) {
      throw isSecretError(error) ? error : failure(error, { timeoutMs: 0, timeout: null, signal: options.signal })
    } finally {
      left.abort()
    }
  },
})

const workspacesOf = ({ call }: Transport) => ({
  listWorkspaces: (options?: CallOptions): Promise<Answer<"listWorkspaces">> => call("listWorkspaces", options),

  /** @throws SecretError `already_exists` */
  createWorkspace: (id: string, options?: CallOptions): Promise<Answer<"createWorkspace">> => call("createWorkspace", { body: { id }, ...options }),

  /** With its secrets; its events stay. */
  deleteWorkspace: (w: string, options?: CallOptions): Promise<Answer<"deleteWorkspace">> => call("deleteWorkspace", { params: { w }, ...options }),
})

const keyringOf = ({ call }: Transport) => ({
  keyringStatus: (options?: CallOptions): Promise<Answer<"keyringStatus">> => call("keyringStatus", options),

  /** The server makes the key; none travels. */
  addKey: (options?: CallOptions): Promise<Answer<"addKey">> => call("addKey", options),

  /** @throws SecretError `key_in_use` */
  retireKey: (version: number, options?: CallOptions): Promise<Answer<"retireKey">> => call("retireKey", { params: { version }, ...options }),

  /** Returns at once; `rotationProgress` tells how far it is. */
  startRotation: (body: Body<"startRotation"> = {}, options?: CallOptions): Promise<Answer<"startRotation">> =>
    call("startRotation", { body, ...options }),

  rotationProgress: (options?: CallOptions): Promise<Answer<"rotationProgress">> => call("rotationProgress", options),

  cleanUp: (body: Body<"cleanUp"> = {}, options?: CallOptions): Promise<Answer<"cleanUp">> => call("cleanUp", { body, ...options }),
})

const requestsOf = ({ call }: Transport) => ({
  /** Asks a person for values. The same open question is the same request. @throws SecretError `forbidden`, `rate_limited` */
  createRequest: (w: string, body: Body<"createRequest">, options?: CallOptions): Promise<Answer<"createRequest">> =>
    call("createRequest", { params: { w }, body, ...options }),

  /** What the caller, a person, is asked. */
  listRequests: (w: string, { all = false }: { all?: boolean } = {}, options?: CallOptions): Promise<Answer<"listRequests">> =>
    call("listRequests", { params: { w }, query: all ? { all: "true" } : {}, ...options }),

  getRequest: (id: string, options?: CallOptions): Promise<Answer<"getRequest">> => call("getRequest", { params: { id }, ...options }),

  /** @throws SecretError `request_closed` */
  cancelRequest: (id: string, options?: CallOptions): Promise<Answer<"cancelRequest">> => call("cancelRequest", { params: { id }, ...options }),

  /** All that is given is stored, or nothing, and once. @throws SecretError `request_closed` */
  answerRequest: (id: string, body: Body<"answerRequest">, options?: CallOptions): Promise<Answer<"answerRequest">> =>
    call("answerRequest", { params: { id }, body, ...options }),

  /** @throws SecretError `request_closed` */
  declineRequest: (id: string, options?: CallOptions): Promise<Answer<"declineRequest">> => call("declineRequest", { params: { id }, ...options }),

  /** Opens the request's form in one browser. */
  createPairingCode: (id: string, options?: CallOptions): Promise<Answer<"createPairingCode">> =>
    call("createPairingCode", { params: { id }, ...options }),
})

const workflowsOf = ({ call }: Transport) => ({
  startWorkflow: (w: string, name: string, args: Record<string, unknown> = {}, options?: CallOptions): Promise<Answer<"startWorkflow">> =>
    call("startWorkflow", { params: { w }, body: { name, args }, ...options }),

  workflowStatus: (id: string, options?: CallOptions): Promise<Answer<"workflowStatus">> => call("workflowStatus", { params: { id }, ...options }),

  workflowDocuments: (id: string, options?: CallOptions): Promise<Answer<"workflowDocuments">> => call("workflowDocuments", { params: { id }, ...options }),

  /** @throws SecretError `request_closed` where the run does not wait for that */
  resumeWorkflow: (id: string, transition: string, payload?: unknown, options?: CallOptions): Promise<Answer<"resumeWorkflow">> =>
    call("resumeWorkflow", { params: { id }, body: { transition, ...(payload !== undefined && { payload }) }, ...options }),

  /** With its children. */
  cancelWorkflow: (id: string, options?: CallOptions): Promise<Answer<"cancelWorkflow">> => call("cancelWorkflow", { params: { id }, ...options }),
})

/** A sandbox may restart its app before it answers. */
const SYNC_TIMEOUT_MS = 180_000

const environmentsOf = ({ call }: Transport) => ({
  /** @throws SecretError `already_exists` */
  addEnvironment: (w: string, body: Body<"addEnvironment">, options?: CallOptions): Promise<Answer<"addEnvironment">> =>
    call("addEnvironment", { params: { w }, body, ...options }),

  listEnvironments: (w: string, options?: CallOptions): Promise<Answer<"listEnvironments">> => call("listEnvironments", { params: { w }, ...options }),

  environmentStatus: (w: string, name: string, options?: CallOptions): Promise<Answer<"environmentStatus">> =>
    call("environmentStatus", { params: { w, name }, ...options }),

  /** `removed` is false while what stands in the sandbox is still to be taken away. */
  removeEnvironment: (w: string, name: string, { force = false }: { force?: boolean } = {}, options?: CallOptions): Promise<Answer<"removeEnvironment">> =>
    call("removeEnvironment", { params: { w, name }, query: force ? { force: "true" } : {}, ...options }),

  /** `token` is shown this once. */
  enrollEnvironment: (w: string, name: string, options?: CallOptions): Promise<Answer<"enrollEnvironment">> =>
    call("enrollEnvironment", { params: { w, name }, ...options }),

  /** What was done, or with `mode` plan would be, by name. @throws SecretError `sync_failed`, `server_unreachable`, `forbidden` */
  syncEnvironment: (w: string, name: string, body: Body<"syncEnvironment"> = {}, options?: CallOptions): Promise<Answer<"syncEnvironment">> =>
    call("syncEnvironment", { params: { w, name }, body, timeoutMs: SYNC_TIMEOUT_MS, ...options }),
})

const policiesOf = ({ call }: Transport) => ({
  showPolicy: (w: string, ref: string, options?: CallOptions): Promise<Answer<"showPolicy">> => call("showPolicy", { params: { w, ref }, ...options }),

  /** Replaces it; null takes it away. People only. */
  setPolicy: (w: string, ref: string, body: Body<"setPolicy">, options?: CallOptions): Promise<Answer<"setPolicy">> =>
    call("setPolicy", { params: { w, ref }, body, ...options }),

  /** Adds a rule, and ends a suspension. People only. */
  allowUse: (w: string, ref: string, body: Body<"allowUse">, options?: CallOptions): Promise<Answer<"allowUse">> =>
    call("allowUse", { params: { w, ref }, body, ...options }),

  agentRules: (w: string, options?: CallOptions): Promise<Answer<"agentRules">> => call("agentRules", { params: { w }, ...options }),

  /** Replaces them. People only. */
  setAgentRules: (w: string, body: Body<"setAgentRules">, options?: CallOptions): Promise<Answer<"setAgentRules">> =>
    call("setAgentRules", { params: { w }, body, ...options }),
})

const accessOf = ({ call }: Transport) => ({
  listTokens: (options?: CallOptions): Promise<Answer<"listTokens">> => call("listTokens", options),

  /** `token` is shown this once. */
  createToken: (body: Body<"createToken">, options?: CallOptions): Promise<Answer<"createToken">> => call("createToken", { body, ...options }),

  revokeToken: (id: string, options?: CallOptions): Promise<Answer<"revokeToken">> => call("revokeToken", { params: { id }, ...options }),

  me: (options?: CallOptions): Promise<Answer<"me">> => call("me", options),

  /** A one-time code that signs a person in. */
  createLink: (body: Body<"createLink"> = {}, options?: CallOptions): Promise<Answer<"createLink">> => call("createLink", { body, ...options }),

  /** In a browser: the cookie is set, and `session` is for `createClient({ session })`. */
  signIn: (code: string, options?: CallOptions): Promise<Answer<"signIn">> => call("signIn", { body: { code }, ...options }),

  signOut: (options?: CallOptions): Promise<Answer<"signOut">> => call("signOut", options),

  listSessions: (options?: CallOptions): Promise<Answer<"listSessions">> => call("listSessions", options),

  endSession: (id: string, options?: CallOptions): Promise<Answer<"endSession">> => call("endSession", { params: { id }, ...options }),

  health: (options?: CallOptions): Promise<Answer<"health">> => call("health", options),

  readiness: (options?: CallOptions): Promise<Answer<"readiness">> => call("readiness", options),

  openApi: (options?: CallOptions): Promise<Answer<"openApi">> => call("openApi", options),
})
