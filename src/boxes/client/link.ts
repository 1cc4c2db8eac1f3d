import { utf8 } from "../../base/bytes.ts"
import { isSecretError, SecretError } from "../../base/errors.ts"
import { BINDING_HEADER, bindingBytes, formatBinding, replyBytes, type Binding } from "../protocol/binding.ts"
import { isUsableId, type BoxId } from "../protocol/keys.ts"
import { NODE_ID_CODE, ROUTES, type ArgsOf, type RouteName } from "../protocol/routes.ts"
import { nodeIdText, signedText } from "../protocol/signed-text.ts"
import { bucketOf, timestampFault } from "../protocol/timestamp.ts"
import { exchange, type CallOptions, type ExchangeOptions, type Reply } from "./exchange.ts"
import { isOtherServer, isPassing, networkError, notTheServer, repliedWithError, responseNotOk, unlessAborted } from "./failures.ts"
import type { Identity } from "./identity.ts"
import type { ServerFacts } from "./server-facts.ts"
import { sha256 } from "./web-crypto.ts"

/** Requests of one key pair to the server at one address. */
export interface Link {
  /** @throws SecretError what the server, or the way to it, says */
  call<Name extends SignedRoute>(route: Name, args: ArgsOf<Name>, options?: AskOptions): Promise<Answer>
  /** Who the server is, by its own proof. @throws SecretError `not_authentic` for one that was another before */
  serverId(authCode: string, options?: CallOptions): Promise<BoxId>
}

export type SignedRoute = Exclude<RouteName, "getNodeId">
export type Answer = Record<string, unknown>

export interface AskOptions extends CallOptions {
  /** Gets an answer before the server's signature of it was checked, so that it can be worked on meanwhile: nothing of it may leave before the call resolves. */
  meanwhile?: (answer: Answer) => void
}

export interface LinkOptions extends ExchangeOptions {
  identity: Identity
  facts: ServerFacts
  /** undefined: the caller gave none, which only a request finds out. */
  url: string | undefined
  nextNonce: () => number
  now: () => number
  requireSignedReplies: boolean
  /** Requests name no server. */
  unbound: boolean
}

/** Names of methods, where they are not those of their routes. */
const PREFIXES: Partial<Record<RouteName, string>> = { getNodeId: "getSignedNodeId", openSubSpace: "acceptSecretsFrom", deleteSubSpace: "stopAcceptingSecretsFrom" }

/** A secret of 100 kB in two layers, each in hexadecimal and padded, is less than half of that. */
const ANSWER_MAX_BYTES = 2 ** 20
/** A server lists some MiB of names and secrets; a name may be written in six times its length, and all in hexadecimal. */
const LISTING_MAX_BYTES = 2 ** 28
const LISTINGS: readonly RouteName[] = ["getSecretSpace", "getSubSpace"]

export const createLink = (link: LinkOptions): Link => {
  const serverId = async (authCode: string, options: CallOptions = {}): Promise<BoxId> => {
    const answer = answerOf("getNodeId", await post(link, { route: "getNodeId", body: JSON.stringify({ authCode }), headers: {}, ...options }))
    const id = await provedId(link, answer)
    await link.facts.assertSame(id)
    return id
  }
  let isUnbound = link.unbound
  const boundTo = async ({ signal }: CallOptions): Promise<BoxId | null> =>
    isUnbound ? null : unlessAborted(link.facts.serverId(() => serverId(NODE_ID_CODE).catch(unlessUnknown)), signal)
  return {
    serverId,
    call: async (route, args, options = {}) => {
      const bound = await boundTo(options)
      try {
        return await ask(link, { route, args, bound, ...options })
      } catch (error) {
        if (bound === null || !(await isHeaderRefused(link, error))) throw error
        const answer = await ask(link, { route, args, bound: null, ...options })
        isUnbound = true // not before: else one that the network lost would leave the name away for good
        return answer
      }
    },
  }
}

interface Question extends AskOptions {
  route: SignedRoute
  args: object
  /** The server that the request is for. */
  bound: BoxId | null
}

const ask = async (link: LinkOptions, { route, args, bound, meanwhile, ...options }: Question): Promise<Answer> => {
  const body = await signedBody(link, route, args)
  const binding = bound === null ? null : await bind(link.identity, { serverId: bound, route, body })
  const headers = binding === null ? {} : { [BINDING_HEADER]: formatBinding(binding) }
  const reply = await post(link, { route, body, headers, ...options })
  const check = checkReply(link, reply, binding)
  const answer = attempt(() => answerOf(route, reply))
  if ("value" in answer) meanwhile?.(answer.value)
  await check
  if ("error" in answer) throw answer.error
  return answer.value
}

/** What an answer says counts only after it was proved, also where it says no. */
const attempt = <T>(work: () => T): { value: T } | { error: unknown } => {
  try {
    return { value: work() }
  } catch (error) {
    return { error }
  }
}

/**
 * Whether a browser may have kept a request back because the server allows pages of other origins no header but Content-Type, as those
 * of the original do. A server that is known to sign is not asked without.
 */
const isHeaderRefused = async ({ url, facts, requireSignedReplies }: LinkOptions, error: unknown): Promise<boolean> => {
  const { location } = globalThis as { location?: { origin: string } }
  const isOfOtherOrigin = location !== undefined && url !== undefined && new URL(url).origin !== location.origin
  if (!isOfOtherOrigin || !isSecretError(error) || error.message !== "Network Error: fetch failed") return false
  return !requireSignedReplies && !facts.isPinned && !(await facts.signs())
}

/** A server that cannot be asked at all is no server that does not say who it is. */
const unlessUnknown = (error: unknown): null => {
  if (!isSecretError(error) || isPassing(error) || isOtherServer(error)) throw error
  return null
}

const post = (link: LinkOptions, { route, ...rest }: { route: RouteName; body: string; headers: Record<string, string> } & CallOptions): Promise<Reply> => {
  if (link.url === undefined) throw new SecretError("invalid_argument", `Network Error: Failed to parse URL from undefined/${route}`, { help: "Give serverURL." })
  const maxBytes = LISTINGS.includes(route) ? LISTING_MAX_BYTES : ANSWER_MAX_BYTES
  return exchange({ url: `${link.url}/${route}`, maxBytes, ...rest }, link)
}

/** Keys in the order of the route; the signature covers all the others. */
const signedBody = async ({ identity, now, nextNonce }: LinkOptions, route: RouteName, args: object): Promise<string> => {
  const fields: Record<string, unknown> = { ...args, publicKey: identity.id, timestamp: bucketOf(now()), nonce: nextNonce() }
  const bodyWith = (signature: string): object => Object.fromEntries(ROUTES[route].map(([name]) => [name, name === "signature" ? signature : fields[name]]))
  return JSON.stringify(bodyWith(await identity.signText(signedText(route, bodyWith("")))))
}

const bind = async (identity: Identity, { serverId, route, body }: { serverId: BoxId; route: RouteName; body: string }): Promise<Binding> => {
  const bytes = bindingBytes({ serverId, route, bodyHash: await sha256(utf8(body)) })
  return { serverId, signature: await identity.sign(bytes) }
}

/** @throws SecretError `not_authentic` for an answer that the server did not sign, where it signs, and for a wrong signature anyway */
const checkReply = async ({ identity, facts, requireSignedReplies }: LinkOptions, { status, body, signature }: Reply, binding: Binding | null): Promise<void> => {
  if (binding !== null && signature !== null) {
    const bytes = replyBytes({ binding, status, bodyHash: await sha256(body) })
    if (!(await identity.isSigned(binding.serverId, bytes, signature))) throw notTheServer("an answer has a signature that is not the server's")
    return facts.noteSigned(binding.serverId)
  }
  if ((isOk(status) || status === NOT_FOUND) && (requireSignedReplies || (binding !== null && (await facts.signs())))) throw notTheServer("an answer is not signed by the server")
}

/** Whoever believes that there is nothing may write anew. Other failures come from limits and proxies, which sign nothing. */
const NOT_FOUND = 404

const isOk = (status: number): boolean => status >= 200 && status <= 299

const answerOf = (route: RouteName, { status, body }: Reply): Answer => {
  const text = new TextDecoder().decode(body)
  if (!isOk(status)) throw responseNotOk(status, text)
  const answer = parse(text)
  if (typeof answer !== "object" || answer === null) throw networkError("the answer is no JSON object", { status })
  const { error } = answer as { error?: unknown }
  if (error) throw repliedWithError(PREFIXES[route] ?? route, typeof error === "string" ? error : JSON.stringify(error))
  return answer as Answer
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const provedId = async ({ identity, now }: LinkOptions, { serverNodeId, timestamp, signature }: Answer): Promise<BoxId> => {
  const fault = (why: string): SecretError => new SecretError("not_authentic", `Error on authenticateResponse! Error: ${why}`)
  if (!timestamp) throw fault("No Timestamp!")
  if (typeof signature !== "string") throw fault("No Signature!")
  if (typeof serverNodeId !== "string" || !isUsableId(serverNodeId)) throw fault("No Public key!")
  const words = timestampFault(timestamp, now())
  if (words !== null) throw fault(words)
  if (!(await identity.isTextSigned(serverNodeId, nodeIdText(serverNodeId, timestamp as number), signature))) throw fault("Invalid Signature!")
  return serverNodeId
}
