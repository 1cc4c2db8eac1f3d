import {
  asymmetricDecrypt, asymmetricEncrypt, newSecretKey, publicKeyOf, saltContent,
  sign, unsalt, verify, type OlderOriginalSealed, type OriginalSealed,
} from "./original-crypto.ts"

/*
 * The client library of Secret Manager 0.0.6 as its description has it, its oddities included, with two differences: it
 * prints nothing, and a failed opening that nobody awaits does not end the process.
 */

export type OriginalKeyInput = string | Uint8Array | null

export interface OriginalClientOptions {
  serverURL?: string
  secretKeyHex?: OriginalKeyInput
  publicKeyHex?: OriginalKeyInput
  authCode?: OriginalKeyInput
  closureDate?: number | null
  now?: () => number
  fetch?: typeof globalThis.fetch
}

export interface OriginalOk {
  ok: true
}

export type OriginalSecret = object | string | number | boolean | null | undefined

type Fields = Record<string, string | number | boolean | null | undefined>

const TIMEFRAME_MS = 180_000
const NONCES = 10_000_000
const PUBLIC_OPENING_CODE = "deadbeef".repeat(8)

export const createOriginalClient = (options: OriginalClientOptions): OriginalClient => new OriginalClient(options)

export class OriginalClient {
  secretKeyHex: string | null = null
  publicKeyHex: string | null = null
  id: string | null = null
  secretKeyBytes: Uint8Array | null = null
  publicKeyBytes: Uint8Array | null = null
  serverURL: string | undefined
  closureDate: number | null
  nonce = 0
  keysReady: true | Promise<true>
  ready: true | Promise<unknown>
  readonly #now: () => number
  readonly #fetch: typeof globalThis.fetch

  constructor(options: OriginalClientOptions) {
    const secretKeyHex = keyOf("ensuring", "secretKeyHex", options.secretKeyHex)
    const authCode = keyOf("ensureing", "authCode", options.authCode)
    this.serverURL = options.serverURL
    this.closureDate = options.closureDate ?? null
    this.#now = options.now ?? Date.now
    this.#fetch = options.fetch ?? ((...request) => globalThis.fetch(...request))
    if (secretKeyHex !== undefined) {
      this.#setKeys(secretKeyHex, keyOf("ensureing", "publicKeyHex", options.publicKeyHex))
      this.keysReady = true
      this.ready = authCode === undefined || this.#open(authCode)
    } else {
      this.keysReady = this.#makeKeys()
      this.ready = quiet(this.keysReady.then(() => this.#open(authCode ?? PUBLIC_OPENING_CODE)))
    }
  }

  // Without a public key this throws as the original does: Buffer.from(undefined) is its crash.
  #setKeys(secretKeyHex: string, publicKeyHex: string | undefined): void {
    this.secretKeyBytes = new Uint8Array(Buffer.from(secretKeyHex, "hex"))
    this.publicKeyBytes = new Uint8Array(Buffer.from(publicKeyHex as string, "hex"))
    this.secretKeyHex = secretKeyHex
    this.publicKeyHex = this.id = publicKeyHex as string
  }

  async #makeKeys(): Promise<true> {
    const secretKeyHex = await Promise.resolve(newSecretKey())
    this.#setKeys(secretKeyHex, publicKeyOf(secretKeyHex))
    return true
  }

  #open(authCode: string | undefined): Promise<unknown> {
    return quiet(this.#signed("openSecretSpace", { authCode, publicKey: this.publicKeyHex, closureDate: this.closureDate }))
  }

  async updateServerURL(serverURL: string, authCode?: string): Promise<unknown> {
    await this.ready
    this.serverURL = serverURL
    this.nonce = 0
    this.ready = this.#open(authCode)
    return await this.ready
  }

  async getSecretSpace(): Promise<unknown> {
    await this.ready
    return this.#opened(await this.#signed("getSecretSpace", { publicKey: this.id }))
  }

  async eraseFromServer(): Promise<OriginalOk> {
    await this.ready
    return await this.#signed("deleteSecretSpace", { publicKey: this.id })
  }

  async setSecret(secretId: string, secret: OriginalSecret): Promise<OriginalOk> {
    await this.ready
    return await this.#signed("setSecret", { publicKey: this.id, secretId, secret: innerLayer(secret, this.id as string) })
  }

  async getSecret(secretId: string): Promise<unknown> {
    await this.ready
    return this.#read(await this.#signed("getSecret", { publicKey: this.id, secretId }))
  }

  async deleteSecret(secretId: string): Promise<OriginalOk> {
    await this.ready
    return await this.#signed("deleteSecret", { publicKey: this.id, secretId })
  }

  async acceptSecretsFrom(from: string | OriginalClient, closureDate: number | null = null): Promise<OriginalOk> {
    await this.ready
    return await this.#signed("openSubSpace", { publicKey: this.id, fromId: idOf(from), closureDate }, "acceptSecretsFrom")
  }

  async getSubSpace(fromId: string): Promise<unknown> {
    await this.ready
    return this.#opened(await this.#signed("getSubSpace", { publicKey: this.id, fromId }))
  }

  async stopAcceptingSecretsFrom(from: string | OriginalClient): Promise<OriginalOk> {
    await this.ready
    return await this.#signed("deleteSubSpace", { publicKey: this.id, fromId: idOf(from) }, "stopAcceptingSecretsFrom")
  }

  async shareSecretTo(to: string | OriginalClient, secretId: string, secret: OriginalSecret, isOneTimeSecret = false): Promise<OriginalOk> {
    await this.ready
    const shareToId = idOf(to)
    const sealed = innerLayer(secret, shareToId as string)
    return await this.#signed("shareSecretTo", { publicKey: this.id, shareToId, secretId, secret: sealed, isOneTimeSecret })
  }

  async getSecretFrom(from: string | OriginalClient, secretId: string): Promise<unknown> {
    await this.ready
    return this.#read(await this.#signed("getSecretFrom", { publicKey: this.id, fromId: idOf(from), secretId }))
  }

  async deleteSharedSecret(sharedToId: string, secretId: string): Promise<OriginalOk> {
    await this.ready
    return await this.#signed("deleteSharedSecret", { publicKey: this.id, sharedToId, secretId })
  }

  async generateAuthCodeFor(action: string): Promise<OriginalOk> {
    await this.ready
    return await this.#signed("createAuthCode", { publicKey: this.id, action })
  }

  async getServerId(authCode: string): Promise<string> {
    await this.ready
    const answer = await this.#post<ServerIdAnswer>("getNodeId", { authCode }, "getSignedNodeId")
    try {
      assertServerId(answer, this.#timestamp())
    } catch (error) {
      throw new Error(`Error on authenticateResponse! ${String(error)}`, { cause: error })
    }
    return answer.serverNodeId
  }

  async addNotificationHook(type: string, targetId: string, notifyURL: string): Promise<unknown> {
    await this.ready
    return await this.#signed("addNotificationHook", { publicKey: this.id, type, targetId, notifyURL })
  }

  async getNotificationHooks(targetId: string): Promise<unknown> {
    await this.ready
    return await this.#signed("getNotificationHooks", { publicKey: this.id, targetId })
  }

  async deleteNotificationHook(notificationHookId: string): Promise<OriginalOk> {
    await this.ready
    return await this.#signed("deleteNotificationHook", { publicKey: this.id, notificationHookId })
  }

  async setRequestableServer(): Promise<void> {
    await this.ready
  }

  #timestamp(): number {
    const now = this.#now()
    return now - (now % TIMEFRAME_MS)
  }

  #signed<Answer>(route: string, fields: Fields, prefix: string = route): Promise<Answer> {
    const timestamp = this.#timestamp()
    const nonce = this.nonce
    this.nonce = (nonce + 1) % NONCES
    const signature = sign(`/${route}${JSON.stringify({ ...fields, timestamp, nonce })}`, this.secretKeyHex as string)
    return this.#post<Answer>(route, { ...fields, timestamp, signature, nonce }, prefix)
  }

  async #post<Answer>(route: string, body: Fields, prefix: string): Promise<Answer> {
    const answer = await this.#exchange(`${this.serverURL}/${route}`, JSON.stringify(body))
    if (answer.error) throw new Error(`${prefix} replied with error: ${answer.error}`)
    return answer as Answer
  }

  async #exchange(url: string, body: string): Promise<{ error?: string }> {
    try {
      const headers = { "Content-Type": "application/json" }
      const response = await this.#fetch(url, { method: "POST", credentials: "omit", headers, body })
      if (!response.ok) throw new Error(`Response not ok - status: ${response.status}! body: ${await response.text()}`)
      return (await response.json()) as { error?: string }
    } catch (error) {
      throw new Error(`Network Error: ${(error as Error).message}`, { cause: error })
    }
  }

  #unsealed(sealed: Partial<OriginalSealed> & OlderOriginalSealed): string {
    return unsalt(asymmetricDecrypt(sealed, this.secretKeyHex as string))
  }

  /** A space: one layer. */
  #opened(sealed: OriginalSealed): unknown {
    return JSON.parse(this.#unsealed(sealed))
  }

  /** A secret: the server's layer, and below it the client's where there is one. Null has no second layer and is the original's crash. */
  #read(sealed: OriginalSealed): unknown {
    const text = this.#unsealed(sealed)
    const read = parsedOrText(text) as Partial<OriginalSealed> & OlderOriginalSealed
    if (!read.encryptedContent && !read.encryptedContentHex) return read
    return parsedOrText(this.#unsealed(read))
  }
}

interface ServerIdAnswer {
  serverNodeId: string
  timestamp: number
  signature: string
}

const assertServerId = ({ serverNodeId, timestamp, signature }: ServerIdAnswer, bucket: number): void => {
  if (!timestamp) throw new Error("No Timestamp!")
  if (!signature) throw new Error("No Signature!")
  if (!serverNodeId) throw new Error("No Public key!")
  if (![bucket - TIMEFRAME_MS, bucket, bucket + TIMEFRAME_MS].includes(timestamp)) throw new Error("Invalid Timestamp!")
  if (!verify(signature, serverNodeId, JSON.stringify({ serverNodeId, timestamp }))) throw new Error("Invalid Signature!")
}

const innerLayer = (secret: OriginalSecret, recipientId: string): string => {
  const text = typeof secret === "object" ? JSON.stringify(secret) : String(secret)
  return JSON.stringify(asymmetricEncrypt(saltContent(text), recipientId))
}

const parsedOrText = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const idOf = (node: string | OriginalClient): string | null => (typeof node === "object" ? node.id : node)

const quiet = <Result>(promise: Promise<Result>): Promise<Result> => {
  promise.catch(() => undefined)
  return promise
}

/** @returns undefined for what was not given */
const keyOf = (verb: "ensuring" | "ensureing", name: string, given: OriginalKeyInput | undefined): string | undefined => {
  try {
    return given === undefined || given === null ? undefined : ensure32BytesHex(given)
  } catch (error) {
    throw new Error(`error occured in ${verb} the correct format of ${name}!\n: ${(error as Error).message}`, { cause: error })
  }
}

const ensure32BytesHex = (given: unknown): string => {
  if (given instanceof Uint8Array) {
    if (given.length !== 32) throw new Error("Invalid length!")
    return Buffer.from(given).toString("hex")
  }
  if (typeof given !== "string") throw new Error("Invalid type, hexString or Uint8Array expected!")
  // Any second character x, not only that of 0x.
  const hex = given[1] === "x" ? given.slice(2) : given
  if (hex.length !== 64) throw new Error("Invalid length!")
  if (!/^[0-9a-f]*$/.test(hex)) throw new Error("Non-hex character!")
  return hex
}
