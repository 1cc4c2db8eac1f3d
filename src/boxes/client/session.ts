import { createFreshness, type Freshness } from "./freshness.ts"
import { openIdentity, type Identity } from "./identity.ts"
import { assertPair, type KeyPair } from "./keys.ts"
import { createLink, type Link } from "./link.ts"
import type { BoxSettings } from "./options.ts"
import { createServerFacts } from "./server-facts.ts"
import { createMemory, createMemoryState, type Memory } from "./state.ts"
import { createValues, type Values } from "./values.ts"
import { randomBytes } from "./web-crypto.ts"

/** What a client has once it has its keys. */
export interface Session {
  readonly identity: Identity
  readonly memory: Memory
  readonly freshness: Freshness
  readonly values: Values
}

/** @throws SecretError `invalid_argument` for two keys that are no pair */
export const openSession = async (settings: BoxSettings, keys: KeyPair): Promise<Session> => {
  assertPair(keys)
  const identity = await openIdentity(keys)
  const memory = createMemory(settings.state ?? createMemoryState(), `box.${identity.id}.`)
  const freshness = createFreshness(memory)
  const values = createValues({ identity, freshness, hasState: settings.state !== undefined, now: settings.now })
  return { identity, memory, freshness, values }
}

interface Place {
  url: string | undefined
  serverId: string | null
  nextNonce: () => number
}

export const openLink = ({ identity, memory }: Session, settings: BoxSettings, { url, serverId, nextNonce }: Place): Link => {
  const facts = createServerFacts(memory, { url: url ?? "", pinned: serverId })
  const { fetch, timeoutMs, now, requireSignedReplies, unbound } = settings
  return createLink({ identity, facts, url, nextNonce, now, requireSignedReplies, unbound, fetch, timeoutMs })
}

/** Random at first: two clients of one key would else sign the same request with the same number, and one were taken for a replay. */
export const createNonces = (): { readonly next: number; take(): number } => {
  const [high, low] = new Uint32Array(randomBytes(8).buffer) as unknown as [number, number]
  let next = (high % 2 ** 21) * 2 ** 32 + low
  return {
    get next() {
      return next
    },
    take: () => {
      const taken = next
      next = taken >= Number.MAX_SAFE_INTEGER ? 0 : taken + 1
      return taken
    },
  }
}
