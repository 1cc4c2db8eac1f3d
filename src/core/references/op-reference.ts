import { bodyOf, invalidReference, segmentsOf } from "./reference-text.ts"

/** `op://vault/item/field`; an item's title may have slashes in it. */
export interface OpReference {
  vault: string
  item: string[]
  field: string
}

/** @throws SecretError `SECRETS_REF_INVALID`, also for a query or a fragment */
export const parseOpReference = (reference: string): OpReference => {
  const body = bodyOf(reference, "op")
  if (/[?#]/.test(body)) throw invalidReference("has a query or a fragment")
  const [vault = "", ...rest] = segmentsOf(body)
  const field = rest.pop()
  if (field === undefined || rest.length === 0) throw invalidReference("is not of the form op://vault/item/field")
  return { vault, item: rest, field }
}
