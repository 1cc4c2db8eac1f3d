import { hex } from "../../base/bytes.ts"
import { hexToBytes } from "../protocol/hex.ts"
import type { BoxId } from "../protocol/keys.ts"
import { createKeyPair, givenPair, keyPairOf, type KeyPair } from "./keys.ts"
import type { BoxSettings } from "./options.ts"
import { openSession, type Session } from "./session.ts"

const INSPECT = Symbol.for("nodejs.util.inspect.custom")

/** The key pair of a client, which its owner can read by name and which printing the client does not show. */
export abstract class ClientKeys {
  #keys: KeyPair | null = null
  /** `true` where both keys were given, else what settles once they are there: before that they are null. */
  readonly keysReady: true | Promise<true>
  protected readonly session!: Promise<Session>

  constructor(settings: BoxSettings) {
    const { secretKeyHex, publicKeyHex } = settings
    if (secretKeyHex !== null && publicKeyHex !== null) {
      this.#keys = givenPair(secretKeyHex, publicKeyHex)
      this.keysReady = true
    } else {
      this.keysReady = this.#make(secretKeyHex)
    }
    const session = this.#open(settings)
    session.catch(() => undefined) // whoever needs it hears of it
    Object.defineProperty(this, "session", { value: session })
  }

  async #make(secretKeyHex: string | null): Promise<true> {
    await Promise.resolve() // there are no keys before
    this.#keys = secretKeyHex === null ? createKeyPair() : keyPairOf(hexToBytes(secretKeyHex))
    return true
  }

  async #open(settings: BoxSettings): Promise<Session> {
    await this.keysReady
    return openSession(settings, this.#keys as KeyPair)
  }

  /** 64 hex characters: the name of the box, and the public key. */
  get id(): BoxId | null {
    return this.#keys?.id ?? null
  }

  get publicKeyHex(): BoxId | null {
    return this.id
  }

  get secretKeyHex(): string | null {
    return this.#keys === null ? null : hex(this.#keys.seed)
  }

  get publicKeyBytes(): Uint8Array | null {
    return this.id === null ? null : hexToBytes(this.id)
  }

  get secretKeyBytes(): Uint8Array | null {
    return this.#keys === null ? null : Uint8Array.from(this.#keys.seed)
  }

  toJSON(): Record<string, unknown> {
    return this.describe()
  }

  [INSPECT](): Record<string, unknown> {
    return this.describe()
  }

  /** What may be shown. */
  protected abstract describe(): Record<string, unknown>
}
