import { hash } from "node:crypto"
import { canonicalJson } from "../../base/canonical-json.ts"
import type { BoxSpace } from "../../core/boxes/space.ts"
import { namespaceOfSpace } from "../../core/boxes/namespace.ts"
import { nowOf, type StoreContext, type Transaction } from "../../core/context.ts"
import { principalBody } from "../../core/event.ts"
import type { CurrentRow, SecretRow } from "../../core/ports/rows.ts"
import { findCurrent, openSecret } from "../../core/read-secret.ts"
import { versionTags } from "../../core/row-tags.ts"
import { sealVersions, type SealedVersion } from "../../core/seal-version.ts"
import { tagged } from "../../core/write-secrets.ts"
import { Refusal } from "./refusal.ts"

/** Secrets of one space. */
export const SECRETS_MAX = 10_000
const LISTED_MAX = 4 * 1024 * 1024
const PAGE = 100
/** What a secret counts in a listing however little it shows: opening it costs as much as any other. */
const LISTED_LEAST = 256

/** What stands beside a box's secret in the clear, as names do everywhere in the store. */
interface SecretFacts {
  secretId: string
  isOneTime?: true
}

export interface BoxSecret extends SecretFacts {
  row: SecretRow
  /** JSON text of `SealedText`: the outer layer, to the holder's key. */
  sealed: string
}

/** Any string may be an id, also one that no column takes. */
export const nameOfSecret = (secretId: string): string => hash("sha256", JSON.stringify(secretId), "hex")

const factsOf = (row: SecretRow): SecretFacts => JSON.parse(row.metadata as string) as SecretFacts

/** @throws SecretError `decryption_failed` for what this store did not write so */
export const readSecret = async (ctx: StoreContext, space: BoxSpace, secretId: string): Promise<BoxSecret | null> => {
  const name = nameOfSecret(secretId)
  const found = await findCurrent(ctx, namespaceOfSpace(space.row.id), name)
  return found === null ? null : openFound(ctx, found)
}

const openFound = async (ctx: StoreContext, found: CurrentRow): Promise<BoxSecret> => {
  const { row, value } = await openSecret(ctx, found, { name: found.name })
  return { ...factsOf(row), row, sealed: value }
}

/** Characters that one answer may still list. */
export interface ListingRoom {
  left: number
}

export const createListingRoom = (): ListingRoom => ({ left: LISTED_MAX })

/** All of a space. @throws Refusal where they are too much for one answer */
export const listSecrets = async (ctx: StoreContext, space: BoxSpace, room: ListingRoom): Promise<BoxSecret[]> => {
  const namespace = namespaceOfSpace(space.row.id)
  const listed: BoxSecret[] = []
  for (let afterName = ""; ; ) {
    const rows = await ctx.storage.all("listBoxSecrets", { namespace, afterName, limit: PAGE })
    for (const row of rows) {
      const secret = await openFound(ctx, row)
      room.left -= LISTED_LEAST + secret.secretId.length + (secret.isOneTime ? 0 : secret.sealed.length)
      if (room.left < 0) throw new Refusal("The SecretSpace is too large for one answer!")
      listed.push(secret)
    }
    const last = rows.at(-1)
    if (last === undefined) return listed
    afterName = last.name
  }
}

/** Seals under a fresh data key, for a row of its own. Before a transaction begins: keys may be far away. */
export const sealForStore = async (ctx: StoreContext, text: string): Promise<SealedVersion> => {
  const [sealed] = await sealVersions(ctx.keys.current, [{ secretId: ctx.newId(), versionId: ctx.randomBytes(16), value: text }])
  return sealed as SealedVersion
}

interface SecretWrite extends SecretFacts {
  space: BoxSpace
  sealed: SealedVersion
}

/** Makes a secret, or puts another in its place: a row is never changed, so a reader sees one or the other. @throws Refusal */
export const putSecret = async (ctx: StoreContext, tx: Transaction, { space, sealed, ...facts }: SecretWrite): Promise<void> => {
  const namespace = namespaceOfSpace(space.row.id)
  const name = nameOfSecret(facts.secretId)
  const before = await tx.one("lockSecret", { namespace, name })
  if (before === null) await assertRoom(tx, namespace)
  else await deleteSecretRow(tx, before)
  const row = newRow(ctx, { namespace, name, sealed, facts })
  if ((await tx.run("insertSecret", row)) === 0) return putSecret(ctx, tx, { space, sealed, ...facts }) // somebody else was first: theirs is replaced
  const head = {
    secretId: row.id,
    number: row.number,
    id: sealed.id,
    namespace,
    keyVersion: sealed.keyVersion,
    hasValue: sealed.hasValue,
    createdAt: row.createdAt,
    createdBy: canonicalJson(principalBody(ctx.actor.principal)),
  }
  await tx.run("insertVersion", { ...head, wrap: sealed.wrap, sealed: sealed.sealed, tag: versionTags.seal(ctx.keys.current, head) })
}

const assertRoom = async (tx: Transaction, namespace: string): Promise<void> => {
  const found = await tx.one("countBoxSecrets", { namespace, limit: SECRETS_MAX })
  if (found !== null && found.count >= SECRETS_MAX) throw new Refusal("The SecretSpace is full!")
}

interface NewRow {
  namespace: string
  name: string
  sealed: SealedVersion
  facts: SecretFacts
}

const newRow = (ctx: StoreContext, { namespace, name, sealed, facts }: NewRow): SecretRow => {
  const at = nowOf(ctx)
  return tagged(ctx.keys.current, {
    id: sealed.secretId,
    namespace,
    name,
    number: 1,
    versionId: sealed.id,
    keyVersion: sealed.keyVersion,
    hasValue: sealed.hasValue,
    createdAt: at,
    updatedAt: at,
    expiresAt: null,
    metadata: JSON.stringify(facts),
    policy: null,
  })
}

/** @returns whether there was one */
export const removeSecret = async (tx: Transaction, space: BoxSpace, secretId: string): Promise<boolean> => {
  const row = await tx.one("lockSecret", { namespace: namespaceOfSpace(space.row.id), name: nameOfSecret(secretId) })
  return row !== null && deleteSecretRow(tx, row)
}

/** @returns false where somebody else was first */
export const deleteSecretRow = async (tx: Transaction, { id }: Pick<SecretRow, "id">): Promise<boolean> => {
  await tx.run("deleteVersions", { secretId: id })
  return (await tx.run("deleteSecret", { id })) === 1
}
