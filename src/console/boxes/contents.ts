import { SecretError } from "../../base/errors.ts"
import { isBoxId, type BoxId } from "../../boxes/protocol/keys.ts"

/** What is in a box, by name: no value, not even sealed. */
export interface BoxContents {
  /** Milliseconds since 1970; null: never. */
  closesAt: number | null
  /** Whose code opened it. */
  invitedBy: BoxId | null
  serverId: BoxId | null
  own: readonly string[]
  senders: readonly Sender[]
}

export interface Sender {
  id: BoxId
  closesAt: number | null
  secrets: readonly SharedSecret[]
}

export interface SharedSecret {
  secretId: string
  isOneTime: boolean
}

/** @throws SecretError `not_authentic` for what describes no box */
export const contentsOf = (description: unknown): BoxContents => {
  const { meta, secrets, subSpaces } = entriesOf(description)
  const { closureDate, owner, serverPub } = entriesOf(meta)
  return {
    closesAt: dateOf(closureDate),
    invitedBy: idOrNull(owner),
    serverId: idOrNull(serverPub),
    own: Object.keys(entriesOf(secrets)).sort(byName),
    senders: Object.entries(entriesOf(subSpaces)).map(([id, space]) => senderOf(id, entriesOf(space))),
  }
}

const senderOf = (id: string, { meta, secrets }: Record<string, unknown>): Sender => ({
  id,
  closesAt: dateOf(entriesOf(meta)["closureDate"]),
  secrets: Object.entries(entriesOf(secrets))
    .map(([secretId, found]) => ({ secretId, isOneTime: entriesOf(found)["isOneTime"] === true }))
    .sort((a, b) => byName(a.secretId, b.secretId)),
})

const byName = (a: string, b: string): number => (a < b ? -1 : 1)

const dateOf = (value: unknown): number | null => (Number.isSafeInteger(value) ? (value as number) : null)

const idOrNull = (value: unknown): BoxId | null => (typeof value === "string" && isBoxId(value) ? value : null)

const entriesOf = (value: unknown): Record<string, unknown> => {
  if (typeof value !== "object" || value === null) throw new SecretError("not_authentic")
  return value as Record<string, unknown>
}
