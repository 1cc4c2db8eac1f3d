import { SecretError } from "../../base/errors.ts"
import type { OpClient, OpField, OpItem, OpOverview, OpVault } from "./op-client.ts"

export interface OpPlace {
  /** Title or id. */
  vault: string
  item: string
  field: string
}

export interface OpFieldName {
  item: string
  field: string
}

export const listOpVaults = async (client: OpClient): Promise<OpVault[]> => (await client.vaults.list()).map(({ id, title }) => ({ id, title }))

/** Names of items and of their fields; never a value. */
export const listOpFields = async (client: OpClient, vault: string): Promise<OpFieldName[]> => {
  const { id } = await vaultOf(client, vault)
  const names: OpFieldName[] = []
  for (const { id: itemId, title } of await client.items.list(id)) {
    const { fields } = await client.items.get(id, itemId)
    names.push(...fields.map((field) => ({ item: title, field: field.title || field.id })))
  }
  return names
}

/**
 * Gives an item a field, and makes the item where there is none.
 * @throws SecretError `already_exists` for a field that is there, `not_found` for the vault
 */
export const createOpField = async (client: OpClient, { vault, item, field }: OpPlace, value: string): Promise<void> => {
  const { id: vaultId } = await vaultOf(client, vault)
  const overview = oneOrNone(await client.items.list(vaultId), item, "item")
  if (overview === null) {
    await client.items.create({ category: "ApiCredentials", vaultId, title: item, fields: [newField(field, value)] })
    return
  }
  const present = await client.items.get(vaultId, overview.id)
  if (fieldsOf(present, field).length > 0)
    throw new SecretError("already_exists", "the item has a field of that name", { help: "Use `sotto provider op item update`." })
  await client.items.put({ ...present, fields: [...present.fields, newField(field, value)] })
}

/** @throws SecretError `not_found` for the vault, the item or the field */
export const updateOpField = async (client: OpClient, { vault, item, field }: OpPlace, value: string): Promise<void> => {
  const { id: vaultId } = await vaultOf(client, vault)
  const overview = oneOrNone(await client.items.list(vaultId), item, "item")
  if (overview === null) throw new SecretError("not_found", "the vault has no item of that name")
  const present = await client.items.get(vaultId, overview.id)
  const [one, ...others] = fieldsOf(present, field)
  if (one === undefined) throw new SecretError("not_found", "the item has no field of that name", { help: "Use `sotto provider op item create`." })
  if (others.length > 0) throw several("field")
  await client.items.put({ ...present, fields: present.fields.map((each) => (each === one ? { ...each, value } : each)) })
}

const vaultOf = async (client: OpClient, name: string): Promise<OpVault> => {
  const vault = oneOrNone(await client.vaults.list(), name, "vault")
  if (vault === null) throw new SecretError("not_found", "1Password has no vault of that name, or this service account may not see it")
  return vault
}

const oneOrNone = <T extends OpOverview>(all: readonly T[], name: string, what: string): T | null => {
  const [one, ...others] = all.filter(({ id, title }) => title === name || id === name)
  if (others.length > 0) throw several(what)
  return one ?? null
}

const several = (what: string): SecretError => new SecretError("invalid_argument", `there are several ${what}s of that name`, { help: `Name the ${what} by its id.` })

const fieldsOf = (item: OpItem, name: string): OpField[] => item.fields.filter(({ id, title }) => title === name || id === name)

const newField = (name: string, value: string): OpField => ({ id: crypto.randomUUID(), title: name, fieldType: "Concealed", value })
