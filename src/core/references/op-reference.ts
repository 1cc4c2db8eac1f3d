import { invalidReference, restOfReference, segmentsOf } from "./reference-text.ts"

export interface OpReference {
  /** Name or id. */
  vault: string
  /** The title of an item may hold slashes; two parts may also be an item and its section. */
  item: string[]
  field: string
}

const SCHEME = "op"

/** `op://vault/item/field`, with everything between vault and field in the item. @throws SecretError `SECRETS_REF_INVALID` */
export const parseOpReference = (text: string): OpReference => {
  const rest = restOfReference(text, SCHEME)
  if (/[?#]/.test(rest)) throw invalidReference(SCHEME, "it holds a ? or a #")
  const [vault, ...others] = segmentsOf(rest, SCHEME, "path")
  const field = others.pop()
  if (vault === undefined || field === undefined || others.length === 0) throw invalidReference(SCHEME, "it needs a vault, an item and a field")
  return { vault, item: others, field }
}
