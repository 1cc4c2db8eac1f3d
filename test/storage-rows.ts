import { createHash } from "node:crypto"
import type { NewEventRow, SecretRow, TokenRow, VersionRow } from "../src/core/ports/rows.ts"

/** Bytes that the text alone decides. */
export const bytesOf = (text: string, length = 32): Uint8Array =>
  new Uint8Array(createHash("shake256", { outputLength: length }).update(text).digest())

export const secretRow = (name: string, own: Partial<SecretRow> = {}): SecretRow => ({
  id: bytesOf(`id ${own.namespace ?? "default"} ${name}`, 16),
  namespace: "default",
  name,
  number: 1,
  versionId: bytesOf(`version id ${name}`, 16),
  keyVersion: 1,
  hasValue: 1,
  createdAt: 1_000,
  updatedAt: 1_000,
  expiresAt: null,
  metadata: null,
  policy: null,
  tag: bytesOf(`tag ${name}`),
  ...own,
})

export const versionRow = (secret: SecretRow, own: Partial<VersionRow> = {}): VersionRow => ({
  secretId: secret.id,
  number: secret.number,
  id: secret.versionId,
  namespace: secret.namespace,
  keyVersion: secret.keyVersion,
  hasValue: secret.hasValue,
  createdAt: secret.updatedAt,
  createdBy: '{"kind":"person"}',
  tag: bytesOf(`version tag ${secret.name} ${own.number ?? secret.number}`),
  wrap: bytesOf(`wrap ${secret.name} ${own.number ?? secret.number}`, 72),
  sealed: bytesOf(`sealed ${secret.name} ${own.number ?? secret.number}`, 100),
  ...own,
})

export const eventRow = (own: Partial<NewEventRow> = {}): NewEventRow => ({
  createdAt: 1_000,
  type: "created",
  namespace: "default",
  name: "A",
  secretId: null,
  principalId: "local",
  body: bytesOf("body", 20),
  ...own,
})

export const tokenRow = (id: string, own: Partial<TokenRow> = {}): TokenRow => ({
  id,
  kind: "service",
  owner: "local",
  name: "ci",
  hash: bytesOf(`hash ${id}`),
  grants: "[]",
  createdAt: 1_000,
  createdBy: "{}",
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
  tag: bytesOf(`token tag ${id}`),
  ...own,
})

/** The row as a statement gives it that does not select this column. */
export const without = <Row extends object, Key extends keyof Row>(row: Row, key: Key): Omit<Row, Key> => {
  const rest: Partial<Row> = { ...row }
  delete rest[key]
  return rest as Omit<Row, Key>
}

/** Rows with their bytes as hex text: engines give different classes of the same bytes. */
export const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex")
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]))
}
