import { hex, utf8 } from "../../base/bytes.ts"
import { isBoxId, type BoxId } from "../protocol/keys.ts"
import { notTheServer } from "./failures.ts"
import type { Memory } from "./state.ts"
import { sha256 } from "./web-crypto.ts"

/** What a client knows of the server at one address. */
export interface ServerFacts {
  readonly isPinned: boolean
  /** The id that requests are bound to; null for none. @param ask answers null for a server that does not say who it is */
  serverId(ask: () => Promise<BoxId | null>): Promise<BoxId | null>
  /** @throws SecretError `not_authentic` where another server is known at this address */
  assertSame(id: BoxId): Promise<void>
  /** Whether it has ever signed an answer to this client. */
  signs(): Promise<boolean>
  noteSigned(id: BoxId): Promise<void>
}

interface Known {
  id: BoxId
  isSigning: boolean
}

const isKnown = (value: unknown): value is Known => {
  const { id, isSigning } = (value ?? {}) as Record<string, unknown>
  return typeof id === "string" && isBoxId(id) && typeof isSigning === "boolean"
}

export const createServerFacts = (memory: Memory, { url, pinned }: { url: string; pinned: BoxId | null }): ServerFacts => {
  const key = sha256(utf8(url)).then((hash) => `server.${hex(hash)}`)
  let asked: Promise<BoxId | null> | null = null

  // What is remembered of another server than the pinned one says nothing of this one.
  const known = async (): Promise<Known | null> => {
    const found = await memory.read(await key, isKnown)
    return found !== null && pinned !== null && found.id !== pinned ? null : found
  }

  const remember = async (next: Known): Promise<void> =>
    memory.inTurn(await key, async () => {
      const before = await known()
      if (before?.id === next.id && before.isSigning >= next.isSigning) return
      await memory.write(await key, next)
    })

  const findOut = async (ask: () => Promise<BoxId | null>): Promise<BoxId | null> => {
    const found = await known()
    if (found !== null) return found.id
    const id = await ask()
    if (id === null) return pinned
    await remember({ id, isSigning: false })
    return id
  }

  return {
    isPinned: pinned !== null,
    serverId: (ask) => {
      asked ??= findOut(ask).catch((error: unknown) => {
        asked = null
        throw error
      })
      return asked
    },
    assertSame: async (id) => {
      const expected = pinned ?? (await known())?.id ?? id
      if (id !== expected) throw notTheServer("another server answers at serverURL than before")
    },
    signs: async () => (await known())?.isSigning === true,
    noteSigned: (id) => remember({ id, isSigning: true }),
  }
}
