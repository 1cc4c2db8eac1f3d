import type { ConnectOp, OpClient, OpField, OpItem, OpVault } from "../../src/providers/op/op-client.ts"

export interface FakeVault extends OpVault {
  items: OpItem[]
}

export interface FakeOp {
  connect: ConnectOp
  vaults: FakeVault[]
  /** Names of the functions that were called, in order. */
  calls: string[]
  tokens: string[]
}

export const FAKE_TOKEN = "ops_CANARY-token-of-the-fake"

export const fakeField = (title: string, value: string, more: Partial<OpField> = {}): OpField => ({ id: `id-${title}`, title, fieldType: "Concealed", value, ...more })

export const fakeVault = (title: string, items: Record<string, OpField[]>): FakeVault => {
  const id = `vlt${title.toLowerCase().replaceAll(/[^a-z0-9]/g, "")}`
  const all = Object.entries(items).map(([name, fields], at) => ({ id: `itm${at}${id}`, title: name, vaultId: id, fields }))
  return { id, title, items: all }
}

/**
 * 1Password as its SDK documents it: a reference is `op://vault/item/[section/]field` of names or ids, without regard to case, of
 * letters, digits, spaces and - _ . only; `resolveAll` answers for each reference with its value or a type of error.
 */
export const fakeOp = (vaults: FakeVault[]): FakeOp => {
  const fake: FakeOp = { connect: async (token) => (fake.tokens.push(token), clientOf(fake)), vaults, calls: [], tokens: [] }
  return fake
}

const clientOf = (fake: FakeOp): OpClient => {
  const called = <Args extends unknown[], Result>(name: string, work: (...args: Args) => Result) => async (...args: Args): Promise<Result> => {
    fake.calls.push(name)
    return structuredClone(work(...args))
  }
  const vault = (id: string): FakeVault => {
    const found = fake.vaults.find((each) => each.id === id)
    if (found === undefined) throw new Error(`vault ${id} not found, said with ${FAKE_TOKEN}`)
    return found
  }
  const item = (vaultId: string, id: string): OpItem => vault(vaultId).items.find((each) => each.id === id) as OpItem
  return {
    secrets: { resolveAll: called("resolveAll", (references: string[]) => ({ individualResponses: Object.fromEntries(references.map((each) => [each, resolveOne(fake, each)])) })) },
    vaults: { list: called("vaults.list", () => fake.vaults.map(({ id, title }) => ({ id, title }))) },
    items: {
      list: called("items.list", (vaultId: string) => vault(vaultId).items.map(({ id, title }) => ({ id, title, vaultId }))),
      get: called("items.get", item),
      create: called("items.create", (wanted) => {
        const made = { ...wanted, id: `itm${vault(wanted.vaultId).items.length}new` }
        vault(wanted.vaultId).items.push(made)
        return made
      }),
      put: called("items.put", (changed: OpItem) => Object.assign(item(changed.vaultId, changed.id), changed)),
    },
  }
}

type Answer = { content: { secret: string } } | { error: { type: string } }

const error = (type: string): Answer => ({ error: { type } })

const resolveOne = (fake: FakeOp, reference: string): Answer => {
  const [vaultName = "", itemName = "", ...rest] = reference.slice("op://".length).split("/")
  const field = rest.pop()
  if (field === undefined || rest.length > 1 || !/^op:\/\/[A-Za-z0-9 ._/-]+$/.test(reference)) return error("parsing")
  const vaults = fake.vaults.filter(isCalled(vaultName))
  if (vaults.length !== 1) return error(vaults.length === 0 ? "vaultNotFound" : "tooManyVaults")
  const items = (vaults[0] as FakeVault).items.filter(isCalled(itemName))
  if (items.length !== 1) return error(items.length === 0 ? "itemNotFound" : "tooManyItems")
  return fieldOf(items[0] as OpItem, rest[0], field)
}

const fieldOf = ({ fields }: OpItem, section: string | undefined, name: string): Answer => {
  const inSection = section === undefined ? fields : fields.filter(({ sectionId }) => sectionId?.toLowerCase() === section.toLowerCase())
  if (inSection.length === 0 && section !== undefined) return error("noMatchingSections")
  const found = inSection.filter(isCalled(name))
  const [one] = found
  if (one === undefined || found.length > 1) return error(one === undefined ? "fieldNotFound" : "tooManyMatchingFields")
  return { content: { secret: one.value } }
}

const isCalled = (name: string) => ({ id, title }: { id: string; title: string }): boolean => id === name || title.toLowerCase() === name.toLowerCase()
