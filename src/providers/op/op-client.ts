/**
 * The part of 1Password's SDK that Sotto uses, in its shapes: the package is an optional peer, whose types nobody needs to have.
 */
export interface OpClient {
  secrets: { resolveAll(references: string[]): Promise<OpResolved> }
  vaults: { list(): Promise<OpVault[]> }
  items: {
    /** Active ones only. */
    list(vaultId: string): Promise<OpOverview[]>
    get(vaultId: string, itemId: string): Promise<OpItem>
    create(item: OpNewItem): Promise<OpItem>
    put(item: OpItem): Promise<OpItem>
  }
}

/** By reference. */
export interface OpResolved {
  individualResponses: Record<string, { content?: { secret: string }; error?: { type: string } }>
}

export interface OpVault {
  id: string
  title: string
}

export interface OpOverview {
  id: string
  title: string
}

export interface OpField {
  id: string
  title: string
  sectionId?: string
  fieldType: string
  value: string
}

export interface OpItem extends OpOverview {
  vaultId: string
  fields: OpField[]
}

export interface OpNewItem {
  category: string
  vaultId: string
  title: string
  fields: OpField[]
}

/** @throws SecretError `SECRETS_PROVIDER_UNAVAILABLE` */
export type ConnectOp = (token: string) => Promise<OpClient>
