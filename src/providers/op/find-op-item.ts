import { SecretError } from "../../base/errors.ts"
import type { OpReference } from "../../core/references/op-reference.ts"
import { ambiguous, notFound } from "../answers.ts"
import type { OpClient, OpOverview, OpVault } from "./op-client.ts"

/** What was listed, so that each list is asked for once. */
export interface OpLists {
  vaults(): Promise<OpVault[]>
  items(vaultId: string): Promise<OpOverview[]>
}

export const listOnce = (client: OpClient, onCall: () => void): OpLists => {
  const asked = new Map<string, Promise<OpOverview[]>>()
  const once = (key: string, ask: () => Promise<OpOverview[]>): Promise<OpOverview[]> => {
    const answer = asked.get(key) ?? (onCall(), ask())
    asked.set(key, answer)
    return answer
  }
  return { vaults: () => once("", () => client.vaults.list()), items: (vaultId) => once(vaultId, () => client.items.list(vaultId)) }
}

interface Place {
  vaultId: string
  itemId: string
  /** Where the item's path was read as an item and its section. */
  section?: string
}

/**
 * Titles are compared exactly. The whole path is looked for as a title first; failing that, of two parts the second is a section.
 * @throws SecretError `SECRETS_REF_NOT_FOUND`, or `SECRETS_REF_INVALID` for what means several
 */
export const findOpItem = async (lists: OpLists, { vault, item }: Pick<OpReference, "vault" | "item">): Promise<Place> => {
  const { id: vaultId } = oneOf(await lists.vaults(), vault, "vault")
  const items = await lists.items(vaultId)
  const whole = named(items, item.join("/"))
  const [first = "", section, ...more] = item
  if (whole.length > 0 || section === undefined || more.length > 0) return { vaultId, itemId: oneOf(items, item.join("/"), "item").id }
  return { vaultId, itemId: oneOf(items, first, "item").id, section }
}

const named = <T extends OpOverview>(all: readonly T[], name: string): T[] => all.filter(({ id, title }) => title === name || id === name)

const oneOf = <T extends OpOverview>(all: readonly T[], name: string, what: "vault" | "item"): T => {
  const [one, ...others] = named(all, name)
  if (one === undefined) throw notFound("entry_missing", `1Password has no such ${what}, or this service account may not see it`)
  if (others.length > 0) throw ambiguous(`1Password has several ${what}s of that name`, `Name the ${what} by its id.`)
  return one
}

const SPEAKABLE = /^[A-Za-z0-9 ._-]+$/

/** 1Password's own references take no other characters. */
export const isSpeakable = (name: string): boolean => SPEAKABLE.test(name)

export const assertSpeakable = (name: string, what: "field" | "section"): void => {
  if (isSpeakable(name)) return
  throw new SecretError("SECRETS_REF_INVALID", `1Password takes only letters, digits, spaces and - _ . in the name of a ${what}`, {
    details: { reason: "malformed" },
    help: `Name the ${what} by its id.`,
  })
}
