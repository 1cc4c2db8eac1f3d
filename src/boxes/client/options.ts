import { SecretError } from "../../base/errors.ts"
import { isUsableId, type BoxId } from "../protocol/keys.ts"
import { parseClosureDate, type ClosureDate } from "./closure-date.ts"
import { parseKey, type IdInput, type KeyInput } from "./input.ts"
import { parseServerUrl } from "./server-url.ts"
import type { BoxState } from "./state.ts"

export interface BoxClientOptions {
  /** Where the server is, with the path that its routes stand under. Plain http:// is for loopback alone. */
  serverURL: string
  /** Of a box that is there. Without it a key pair is made and a box opened. */
  secretKeyHex?: KeyInput | null
  /** Of the secret key; derived where it is not given. */
  publicKeyHex?: KeyInput | null
  /** Opens a new box. Default, where keys are made: the code that every client knows. */
  authCode?: KeyInput | null
  /** When the new box is to end. */
  closureDate?: ClosureDate
  /** The server's key, known from elsewhere: no other is spoken with. */
  serverId?: KeyInput | null
  /** Refuses also the first answer that the server did not sign. The original's server signs none. */
  requireSignedReplies?: boolean
  /** Whose values may be without a signature, as the original client writes them; one's own id for one's own. */
  allowUnsigned?: readonly IdInput[]
  /** What is to be remembered beyond this client. */
  state?: BoxState
  /** Plain http:// to anywhere. */
  allowInsecure?: boolean
  /** Requests name no server, so that the original client may use the same key: Sotto's server refuses it a box that once was asked for by name. */
  unbound?: boolean
  /** How long an answer may take. Default 30,000. */
  timeoutMs?: number
  /** Default: the platform's. */
  fetch?: typeof globalThis.fetch
  /** Default: the platform's. */
  now?: () => number
}

export interface BoxSettings {
  url: string | undefined
  secretKeyHex: string | null
  publicKeyHex: string | null
  authCode: string | null
  closureDate: number | null
  serverId: BoxId | null
  requireSignedReplies: boolean
  allowUnsigned: readonly IdInput[]
  state: BoxState | undefined
  allowInsecure: boolean
  unbound: boolean
  timeoutMs: number
  fetch: typeof globalThis.fetch
  now: () => number
}

const TIMEOUT_MS = 30_000

/** @throws SecretError `invalid_argument` */
export const parseOptions = (options: BoxClientOptions | undefined): BoxSettings => {
  // The words that the original would end with.
  if (options === undefined || options === null) throw new SecretError("invalid_argument", "Cannot read properties of undefined (reading 'secretKeyHex')")
  const { serverURL, allowInsecure = false, now = Date.now } = options
  const secretKeyHex = parseKey("secretKeyHex", options.secretKeyHex)
  return {
    url: serverURL === undefined ? undefined : parseServerUrl(serverURL, allowInsecure),
    secretKeyHex,
    publicKeyHex: secretKeyHex === null ? null : parseKey("publicKeyHex", options.publicKeyHex), // of no use alone
    authCode: parseKey("authCode", options.authCode),
    closureDate: parseClosureDate(options.closureDate, now()),
    serverId: parseServerId(options.serverId),
    requireSignedReplies: options.requireSignedReplies ?? false,
    allowUnsigned: options.allowUnsigned ?? [],
    state: options.state,
    allowInsecure,
    unbound: options.unbound ?? false,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)), // a browser's must not be called as somebody's method
    now,
  }
}

export const parseServerId = (given: KeyInput | null | undefined): BoxId | null => {
  const id = parseKey("serverId", given)
  if (id !== null && !isUsableId(id)) throw new SecretError("invalid_argument", "serverId is no key")
  return id
}
