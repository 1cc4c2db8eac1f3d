import { hex, utf8 } from "../../base/bytes.ts"
import { hexToBytes } from "../protocol/hex.ts"
import type { BoxId } from "../protocol/keys.ts"
import type { SecretKind, SignedSalt } from "../protocol/salt.ts"
import { notAuthentic } from "./failures.ts"
import type { Memory } from "./state.ts"
import { sha256 } from "./web-crypto.ts"

/** Which value, and of whom. */
export interface ValueName {
  kind: SecretKind
  /** Who wrote it. */
  sender: BoxId
  secretId: string
}

/** How new the newest value was. */
export interface Seen {
  counter: number
  /** SHA-256 of its signature, hex. */
  hash: string
}

const isSeen = (value: unknown): value is Seen => {
  const { counter, hash } = (value ?? {}) as Record<string, unknown>
  return Number.isSafeInteger(counter) && typeof hash === "string"
}

const isMark = (value: unknown): value is { isSigning: true } => (value as { isSigning?: unknown } | null)?.isSigning === true

/** What a client knows of the values that it has read and written. */
export interface Freshness {
  newest(name: ValueName): Promise<Seen | null>
  /**
   * Takes a value in that is not older than `before`: what was known when it was asked for, for another may have been taken in since.
   * @throws SecretError `not_authentic`
   */
  takeIn(name: ValueName, salt: SignedSalt, before: Seen | null): Promise<void>
  /** Whether a signed value of a sender was ever taken in. */
  hasSigned(sender: BoxId): Promise<boolean>
  /** Counters given out for what is shared with `recipient`: only its own client can read them back. */
  lastShared(recipient: BoxId, secretId: string): Promise<Seen | null>
  noteShared(recipient: BoxId, secretId: string, salt: SignedSalt): Promise<void>
}

export const createFreshness = (memory: Memory): Freshness => {
  const keyOf = async (...parts: [string, BoxId, string, string] | [string, BoxId, string]): Promise<string> => {
    const secretId = parts.at(-1) as string
    return [...parts.slice(0, -1), hex(await sha256(utf8(JSON.stringify(secretId))))].join(".")
  }
  const nameOf = ({ kind, sender, secretId }: ValueName): Promise<string> => keyOf("value", sender, kind, secretId)
  const sharedKey = (recipient: BoxId, secretId: string): Promise<string> => keyOf("shared", recipient, secretId)
  const marked = new Set<BoxId>()

  const raise = (key: string, next: Seen): Promise<void> =>
    memory.inTurn(key, async () => {
      const now = await memory.read(key, isSeen)
      if (now !== null && now.counter === next.counter && now.hash !== next.hash) throw notAuthentic()
      if (now === null || next.counter > now.counter) await memory.write(key, next)
    })

  const mark = async (sender: BoxId): Promise<void> => {
    if (marked.has(sender)) return
    await memory.write(`signs.${sender}`, { isSigning: true })
    marked.add(sender)
  }

  return {
    newest: async (name) => memory.read(await nameOf(name), isSeen),
    takeIn: async (name, salt, before) => {
      const next = await seenOf(salt)
      if (before !== null && (next.counter < before.counter || (next.counter === before.counter && next.hash !== before.hash))) throw notAuthentic()
      await raise(await nameOf(name), next)
      await mark(name.sender)
    },
    hasSigned: async (sender) => marked.has(sender) || (await memory.read(`signs.${sender}`, isMark)) !== null,
    lastShared: async (recipient, secretId) => memory.read(await sharedKey(recipient, secretId), isSeen),
    noteShared: async (recipient, secretId, salt) => raise(await sharedKey(recipient, secretId), await seenOf(salt)),
  }
}

const seenOf = async ({ counter, sig }: SignedSalt): Promise<Seen> => ({ counter, hash: hex(await sha256(hexToBytes(sig))) })
