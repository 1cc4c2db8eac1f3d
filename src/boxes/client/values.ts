import { SecretError } from "../../base/errors.ts"
import type { BoxId } from "../protocol/keys.ts"
import type { Salted, SecretKind } from "../protocol/salt.ts"
import { BoxSecret } from "./box-secret.ts"
import { openContent, sealContent, valueOf, type Content } from "./content.ts"
import { notAuthentic } from "./failures.ts"
import type { Freshness, Seen, ValueName } from "./freshness.ts"
import type { Identity } from "./identity.ts"
import { createTurns } from "./state.ts"

/** Values on their way into boxes, signed, and out of them, examined. */
export interface Values {
  /** One write after the other per id: else an older one could come to stand over a newer one. */
  write<T>(writing: Writing, send: (secret: string) => Promise<T>): Promise<T>
  /** @throws SecretError `not_authentic` */
  read(name: ValueName, reading: Reading): Promise<BoxSecret>
}

interface Writing {
  kind: SecretKind
  recipient: BoxId
  secretId: string
  content: Content
}

interface Reading {
  /** Asks the server. */
  ask: (meanwhile: (answer: unknown) => void) => Promise<unknown>
  raw: boolean
  allowsUnsigned: boolean
}

interface Parts {
  identity: Identity
  freshness: Freshness
  /** Whether what is known outlives this client. */
  hasState: boolean
  now: () => number
}

export const createValues = (parts: Parts): Values => ({ write: createWrite(parts), read: (name, reading) => read(parts, name, reading) })

const createWrite = ({ identity, freshness, now }: Parts): Values["write"] => {
  const inTurn = createTurns()
  const given = new Map<string, number>() // also of writes whose end nobody knows
  return ({ kind, recipient, secretId, content }, send) => {
    const turn = `${kind} ${recipient} ${secretId}`
    const own: ValueName = { kind, sender: identity.id, secretId }
    return inTurn(turn, async () => {
      const last = kind === "own" ? await freshness.newest(own) : await freshness.lastShared(recipient, secretId)
      const created = Math.max(0, Math.floor(now()))
      const counter = Math.max((last?.counter ?? -1) + 1, (given.get(turn) ?? -1) + 1, created)
      given.set(turn, counter)
      const { secret, salt } = await sealContent(identity, content, { kind, recipient, secretId, counter, created })
      const answer = await send(secret)
      await (kind === "own" ? freshness.takeIn(own, salt, null) : freshness.noteShared(recipient, secretId, salt))
      return answer
    })
  }
}

const read = async ({ identity, freshness, hasState }: Parts, name: ValueName, { ask, raw, allowsUnsigned }: Reading): Promise<BoxSecret> => {
  const before = await freshness.newest(name)
  let opening: Promise<Salted> | undefined
  const answer = await ask((early) => {
    opening = openContent(identity, early, name)
    opening.catch(() => undefined) // that the answer is not the server's is found out first
  })
  const { content, signed } = await (opening ?? openContent(identity, answer, name))
  if (signed === null) await assertUnsignedAllowed({ identity, freshness }, name, { before, allowsUnsigned })
  else await freshness.takeIn(name, signed, before)
  return new BoxSecret({
    secretId: name.secretId,
    value: raw ? content : valueOf(content, signed),
    raw: content,
    author: signed?.from ?? null,
    isSigned: signed !== null,
    createdAt: signed?.created ?? null,
    freshness: hasState && signed !== null && before !== null ? "newest" : "unknown",
  })
}

/** Of others nothing unsigned is taken once they have signed. Of oneself that holds per id: an owner moves from one client to the other. */
const assertUnsignedAllowed = async (
  { identity, freshness }: Pick<Parts, "identity" | "freshness">,
  { sender }: ValueName,
  { before, allowsUnsigned }: { before: Seen | null; allowsUnsigned: boolean },
): Promise<void> => {
  const hasSigned = sender === identity.id ? before !== null : await freshness.hasSigned(sender)
  if (!allowsUnsigned || hasSigned) throw notAuthentic()
}

export const assertSecretId = (secretId: unknown): void => {
  if (typeof secretId !== "string") throw new SecretError("invalid_argument", "a secretId is a text")
}
