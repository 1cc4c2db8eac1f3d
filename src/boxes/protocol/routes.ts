/**
 * The routes of the Secret Manager's wire protocol, generation 2, but for its notification hooks. Each is `POST {server}/{route}`
 * with a JSON body whose keys stand in this very order.
 */
export type FieldType = "number" | "string" | "boolean" | "numberOrNull" | "hex32" | "hex64" | "hex128"

type Fields = readonly (readonly [name: string, type: FieldType])[]

/** What a signed body ends with. */
const TAIL = [
  ["timestamp", "number"],
  ["signature", "hex128"],
  ["nonce", "number"],
] as const satisfies Fields

const KEY = ["publicKey", "hex64"] as const
const FROM = ["fromId", "hex64"] as const
const SECRET_ID = ["secretId", "string"] as const
const SECRET = ["secret", "string"] as const
const CLOSURE = ["closureDate", "numberOrNull"] as const

export const ROUTES = {
  getNodeId: [["authCode", "hex64"]],
  createAuthCode: [KEY, ["action", "string"], ...TAIL],
  openSecretSpace: [["authCode", "hex64"], KEY, CLOSURE, ...TAIL],
  getSecretSpace: [KEY, ...TAIL],
  deleteSecretSpace: [KEY, ...TAIL],
  setSecret: [KEY, SECRET_ID, SECRET, ...TAIL],
  getSecret: [KEY, SECRET_ID, ...TAIL],
  deleteSecret: [KEY, SECRET_ID, ...TAIL],
  openSubSpace: [KEY, FROM, CLOSURE, ...TAIL],
  getSubSpace: [KEY, FROM, ...TAIL],
  deleteSubSpace: [KEY, FROM, ...TAIL],
  shareSecretTo: [KEY, ["shareToId", "hex64"], SECRET_ID, SECRET, ["isOneTimeSecret", "boolean"], ...TAIL],
  getSecretFrom: [KEY, FROM, SECRET_ID, ...TAIL],
  deleteSharedSecret: [KEY, ["sharedToId", "hex64"], SECRET_ID, ...TAIL],
  addNotificationHook: [KEY, ["type", "string"], ["targetId", "string"], ["notifyURL", "string"], ...TAIL],
  getNotificationHooks: [KEY, ["targetId", "string"], ...TAIL],
  deleteNotificationHook: [KEY, ["notificationHookId", "hex32"], ...TAIL],
} as const satisfies Record<string, Fields>

export type RouteName = keyof typeof ROUTES

interface TypeOf {
  number: number
  string: string
  boolean: boolean
  numberOrNull: number | null
  hex32: string
  hex64: string
  hex128: string
}

type BodyFrom<List extends Fields> = { [Field in List[number] as Field[0]]: TypeOf[Field[1]] }

/** A body as it is sent, signature and all. */
export type BodyOf<Name extends RouteName> = BodyFrom<(typeof ROUTES)[Name]>

/** What a caller of a route gives: the rest is of the signature. */
export type ArgsOf<Name extends RouteName> = Omit<BodyOf<Name>, "publicKey" | "timestamp" | "signature" | "nonce">

/** What the outer layer looks like on the wire: encrypted to the caller's key. */
export interface SealedText {
  /** Ed25519 point of a key pair made for this one text, 64 hex characters. */
  referencePointHex: string
  encryptedContentHex: string
}

/** Well-known codes, built into every client. */
export const ANONYMOUS_CODE = "deadbeef".repeat(8)
export const NODE_ID_CODE = "deadbeefcafebabe".repeat(4)

/** The server's limit for a body: 100 kB, and so about 50 kB of text for a secret (hex doubles it). */
export const BODY_MAX_BYTES = 102_400
