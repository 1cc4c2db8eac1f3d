import * as z from "zod/mini"
import { SecretError } from "../../base/errors.ts"
import { isUuid, uuidFromText } from "../../base/uuid.ts"
import { assertWorkspaceExists } from "../access/find-workspace.ts"
import type { StoreContext } from "../context.ts"
import type { SecretRow } from "../ports/rows.ts"
import type { Transaction } from "../ports/storage.ts"
import { secretTags } from "../row-tags.ts"
import { Namespace, SecretName } from "../shapes.ts"

/** A secret's id or its key: keys of the REST API cannot look like ids. */
export const Ref = SecretName

export const refArgs = { namespace: Namespace, ref: Ref }
export const SecretRefArgs = () => z.strictObject(refArgs)

export interface SecretRef {
  namespace: string
  ref: string
}

/** A secret as the REST API shows it without more. */
export interface SecretItem {
  id: string
  key: string
  hasValue: boolean
}

export const refNotFound = (ref: string): SecretError => new SecretError("not_found", `Secret with ID ${ref} not found`)

/**
 * The row that a reference names, proved by its tag. Ask only after authorising.
 * @throws SecretError `not_found` for the workspace or for the secret; one of another workspace does not exist here
 */
export const findByRef = async (ctx: StoreContext, { namespace, ref }: SecretRef): Promise<SecretRow> => {
  const id = isUuid(ref) ? uuidFromText(ref) : null
  const row = await (id === null
    ? ctx.storage.one("findSecret", { namespace, name: ref })
    : ctx.storage.one("findSecretById", { id }))
  return provedHere(ctx, row, { namespace, ref })
}

/** The same inside a transaction, held against changes until its end. */
export const lockByRef = async (ctx: StoreContext, tx: Transaction, { namespace, ref }: SecretRef): Promise<SecretRow> => {
  const id = isUuid(ref) ? uuidFromText(ref) : null
  const row = await (id === null ? tx.one("lockSecret", { namespace, name: ref }) : tx.one("lockSecretById", { id }))
  if (row === null || row.namespace !== namespace) throw refNotFound(ref)
  secretTags.assert(ctx.keys.current, row)
  return row
}

const provedHere = async (ctx: StoreContext, row: SecretRow | null, { namespace, ref }: SecretRef): Promise<SecretRow> => {
  if (row === null || row.namespace !== namespace) {
    await assertWorkspaceExists(ctx, namespace)
    throw refNotFound(ref)
  }
  secretTags.assert(ctx.keys.current, row)
  return row
}
