import type { BoxId } from "../protocol/keys.ts"
import { ANONYMOUS_CODE, NODE_ID_CODE, type ArgsOf } from "../protocol/routes.ts"
import type { BoxSecret } from "./box-secret.ts"
import { parseClosureDate, type ClosureDate } from "./closure-date.ts"
import { contentOf, openDescription } from "./content.ts"
import { listSecrets, type ListedSecret } from "./describe-box.ts"
import type { CallOptions } from "./exchange.ts"
import { unlessAborted } from "./failures.ts"
import { parseId, parseKey, type IdInput, type KeyInput } from "./input.ts"
import { ClientKeys } from "./client-keys.ts"
import type { Answer, AskOptions, Link, SignedRoute } from "./link.ts"
import { afterRefusal, createOpening, type Ok, type Opening } from "./opening.ts"
import { parseOptions, parseServerId, type BoxClientOptions, type BoxSettings } from "./options.ts"
import { parseServerUrl } from "./server-url.ts"
import { createNonces, openLink, type Session } from "./session.ts"
import { assertSecretId } from "./values.ts"
import { webCrypto } from "./web-crypto.ts"

export interface ReadOptions extends CallOptions {
  /** The exact text that was written, of whatever kind. */
  raw?: boolean
  /** Takes this value without a signature, too. */
  allowUnsigned?: boolean
}

export interface MoveOptions extends CallOptions {
  /** The key of the new server. */
  serverId?: KeyInput
}

/**
 * A client of a server that keeps boxes, with the methods of the Secret Manager's.
 * @throws SecretError `invalid_argument`, in the original's words; `not_supported` without WebCrypto
 */
export const createClient = (options: BoxClientOptions): BoxClient => {
  const settings = parseOptions(options)
  webCrypto()
  return new BoxClient(settings)
}

/** Every failure is a SecretError. Where a method takes somebody's id, it takes their client as well. */
export class BoxClient extends ClientKeys {
  readonly #settings: BoxSettings
  readonly #nonces = createNonces()
  #opening: Opening
  #serverURL: string | undefined
  #link: Promise<Link>

  constructor(settings: BoxSettings) {
    super(settings)
    this.#settings = settings
    this.#serverURL = settings.url
    this.#link = this.session.then((session) => this.#linkTo(session, settings.url, settings.serverId))
    this.#link.catch(() => undefined)
    const code = settings.authCode ?? (settings.secretKeyHex === null ? ANONYMOUS_CODE : null)
    this.#opening = createOpening(this.keysReady, code === null ? null : async () => this.#open(await this.#link, code))
  }

  get serverURL(): string | undefined {
    return this.#serverURL
  }

  /** Milliseconds since 1970, or null. */
  get closureDate(): number | null {
    return this.#settings.closureDate
  }

  /** The number that the next request carries. */
  get nonce(): number {
    return this.#nonces.next
  }

  /** `true`, or what settles once the box is open. Nobody has to await it: every method does. */
  get ready(): Opening["ready"] {
    return this.#opening.ready
  }

  /** Opens the box at another server, and stays with the one before where that fails. Nothing is moved. */
  async updateServerURL(serverURL: string, authCode?: KeyInput | null, { serverId, signal }: MoveOptions = {}): Promise<Ok> {
    const url = parseServerUrl(serverURL, this.#settings.allowInsecure)
    const code = parseKey("authCode", authCode) ?? ANONYMOUS_CODE
    const pinned = serverId === undefined ? this.#settings.serverId : parseServerId(serverId)
    const session = await this.session
    const link = this.#linkTo(session, url, pinned)
    const done = await this.#open(link, code, signal && { signal })
    this.#serverURL = url
    this.#link = Promise.resolve(link)
    this.#opening = createOpening(Promise.resolve(true), async () => done)
    return done
  }

  /** The server's description of the box: names, and what is sealed. */
  getSecretSpace(options?: CallOptions): Promise<unknown> {
    return this.#do(options, async ({ identity }) => openDescription(identity, await this.#call("getSecretSpace", {}, options)))
  }

  /** What one sender has in the box. */
  getSubSpace(from: IdInput, options?: CallOptions): Promise<unknown> {
    return this.#do(options, async ({ identity }) => {
      const fromId = await parseId("fromId", from)
      return openDescription(identity, await this.#call("getSubSpace", { fromId }, options))
    })
  }

  /** All secrets of the box, by name. */
  async list(options?: CallOptions): Promise<ListedSecret[]> {
    return listSecrets(await this.getSecretSpace(options))
  }

  /** Deletes the box. */
  eraseFromServer(options?: CallOptions): Promise<Ok> {
    return this.#do(options, () => this.#ok("deleteSecretSpace", {}, options))
  }

  /** Objects are kept as JSON, bytes as bytes, all else as text. */
  async setSecret(secretId: string, value: unknown, options?: CallOptions): Promise<Ok> {
    assertSecretId(secretId)
    const content = contentOf(value) // as it is now, whatever is waited for
    return this.#do(options, ({ identity, values }) =>
      values.write({ kind: "own", recipient: identity.id, secretId, content }, (secret) => this.#ok("setSecret", { secretId, secret }, options)),
    )
  }

  /** @throws SecretError `not_found`; `not_authentic` for what this key did not write, or not last */
  async getSecret(secretId: string, options?: ReadOptions): Promise<unknown> {
    return (await this.readSecret(secretId, options)).value
  }

  /** `getSecret` with what is proved of the value. */
  async readSecret(secretId: string, options: ReadOptions = {}): Promise<BoxSecret> {
    assertSecretId(secretId)
    return this.#do(options, ({ identity }) =>
      this.#read({ kind: "own", sender: identity.id, secretId }, options, (meanwhile) => this.#call("getSecret", { secretId }, { ...options, meanwhile })),
    )
  }

  async deleteSecret(secretId: string, options?: CallOptions): Promise<Ok> {
    assertSecretId(secretId)
    return this.#do(options, () => this.#ok("deleteSecret", { secretId }, options))
  }

  /** Lets a sender share secrets with this box. */
  async acceptSecretsFrom(from: IdInput, closureDate?: ClosureDate, options?: CallOptions): Promise<Ok> {
    const at = parseClosureDate(closureDate, this.#settings.now())
    return this.#do(options, async () => this.#ok("openSubSpace", { fromId: await parseId("fromId", from), closureDate: at }, options))
  }

  /** Deletes what a sender shared, and lets it share no more. */
  stopAcceptSecretsFrom(from: IdInput, options?: CallOptions): Promise<Ok> {
    return this.#do(options, async () => this.#ok("deleteSubSpace", { fromId: await parseId("fromId", from) }, options))
  }

  /** `stopAcceptSecretsFrom`: the original's documents have the one name, its code the other. */
  stopAcceptingSecretsFrom(from: IdInput, options?: CallOptions): Promise<Ok> {
    return this.stopAcceptSecretsFrom(from, options)
  }

  /** @param isOneTime whether the first read takes it away. @throws SecretError `not_found` where the recipient does not accept this sender */
  async shareSecretTo(to: IdInput, secretId: string, value: unknown, isOneTime = false, options?: CallOptions): Promise<Ok> {
    assertSecretId(secretId)
    const content = contentOf(value)
    return this.#do(options, async ({ values }) => {
      const shareToId = await parseId("shareToId", to)
      const send = (secret: string): Promise<Ok> => this.#ok("shareSecretTo", { shareToId, secretId, secret, isOneTimeSecret: isOneTime }, options)
      return values.write({ kind: "shared", recipient: shareToId, secretId, content }, send)
    })
  }

  /** @throws SecretError `not_found`; `not_authentic` for what the sender did not write for this box, or not last */
  async getSecretFrom(from: IdInput, secretId: string, options?: ReadOptions): Promise<unknown> {
    return (await this.readSecretFrom(from, secretId, options)).value
  }

  /** `getSecretFrom` with what is proved of the value. */
  async readSecretFrom(from: IdInput, secretId: string, options: ReadOptions = {}): Promise<BoxSecret> {
    assertSecretId(secretId)
    return this.#do(options, async () => {
      const fromId = await parseId("fromId", from)
      return this.#read({ kind: "shared", sender: fromId, secretId }, options, (meanwhile) => this.#call("getSecretFrom", { fromId, secretId }, { ...options, meanwhile }))
    })
  }

  /** Takes back what this client shared. */
  async deleteSharedSecret(to: IdInput, secretId: string, options?: CallOptions): Promise<Ok> {
    assertSecretId(secretId)
    return this.#do(options, async () => this.#ok("deleteSharedSecret", { sharedToId: await parseId("sharedToId", to), secretId }, options))
  }

  /** Has the server share a one-time code for an action, as `<action>AuthCode`, from its own id, which must be accepted before. */
  generateAuthCodeFor(action: string, options?: CallOptions): Promise<Ok> {
    return this.#do(options, () => this.#ok("createAuthCode", { action }, options))
  }

  /** The server's id, by its own proof. @param authCode default: the one that every client knows */
  async getServerId(authCode?: KeyInput | null, options?: CallOptions): Promise<BoxId> {
    const code = parseKey("authCode", authCode) ?? NODE_ID_CODE
    return this.#do(options, async () => (await this.#link).serverId(code, options))
  }

  /** Of the original's server alone; Sotto's serves no hooks. */
  addNotificationHook(type: string, targetId: string, notifyURL: string, options?: CallOptions): Promise<unknown> {
    return this.#do(options, () => this.#call("addNotificationHook", { type, targetId, notifyURL }, options))
  }

  getNotificationHooks(targetId: string, options?: CallOptions): Promise<unknown> {
    return this.#do(options, () => this.#call("getNotificationHooks", { targetId }, options))
  }

  deleteNotificationHook(notificationHookId: string, options?: CallOptions): Promise<unknown> {
    return this.#do(options, () => this.#call("deleteNotificationHook", { notificationHookId }, options))
  }

  protected describe(): Record<string, unknown> {
    return { id: this.id, serverURL: this.#serverURL, closureDate: this.closureDate }
  }

  async #do<T>(options: CallOptions | undefined, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await unlessAborted(this.session, options?.signal)
    const refused = await unlessAborted(this.#opening.settle(), options?.signal)
    try {
      return await work(session)
    } catch (error) {
      throw afterRefusal(error, refused)
    }
  }

  async #read(name: Parameters<Session["values"]["read"]>[0], { raw = false, allowUnsigned }: ReadOptions, ask: (meanwhile: (answer: unknown) => void) => Promise<unknown>): Promise<BoxSecret> {
    const { values } = await this.session
    const allowed = await Promise.all(this.#settings.allowUnsigned.map((sender) => parseId("allowUnsigned", sender)))
    return values.read(name, { ask, raw, allowsUnsigned: allowUnsigned ?? allowed.includes(name.sender) })
  }

  async #call<Name extends SignedRoute>(route: Name, args: ArgsOf<Name>, options?: AskOptions): Promise<Answer> {
    return (await this.#link).call(route, args, options)
  }

  async #ok<Name extends SignedRoute>(route: Name, args: ArgsOf<Name>, options?: CallOptions): Promise<Ok> {
    await this.#call(route, args, options)
    return { ok: true }
  }

  async #open(link: Link, authCode: string, options?: CallOptions): Promise<Ok> {
    await link.call("openSecretSpace", { authCode, closureDate: this.closureDate }, options)
    return { ok: true }
  }

  #linkTo(session: Session, url: string | undefined, serverId: BoxId | null): Link {
    return openLink(session, this.#settings, { url, serverId, nextNonce: () => this.#nonces.take() })
  }
}
