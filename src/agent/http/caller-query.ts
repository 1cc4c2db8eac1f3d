import { SecretError } from "../../base/errors.ts"
import { foldCase } from "./credential-names.ts"

/**
 * A query without the parameters that `isOwned` says; the others stay as they are written. Some servers part parameters at `;`,
 * and some take `key[]`, `key[a]` and `key.a` for `key`.
 */
export const stripQuery = (search: string, isOwned: (name: string) => boolean): { search: string; names: string[] } => {
  const names: string[] = []
  const kept = search.replace(/^\?/, "").split(/(?<=[&;])|(?=[&;])/).filter((part) => {
    const name = nameOf(part)
    const owned = [name, name.replace(/[[.].*$/s, "")].find((each) => isOwned(each))
    if (owned !== undefined) names.push(foldCase(owned))
    return owned === undefined
  })
  const query = kept.join("").replaceAll(/[&;]{2,}/g, "&").replaceAll(/^[&;]|[&;]$/g, "")
  return { search: names.length === 0 ? search : query === "" ? "" : `?${query}`, names }
}

/** @throws SecretError `forbidden` for what makes another method of the request's own, as Rails and others read it */
export const assertNoMethodOverride = (parameters: string): void => {
  const isOverride = parameters.replace(/^\?/, "").split(/[&;]/).some((part) => foldCase(nameOf(part)).replace(/\[.*$/s, "") === "_method")
  if (isOverride) throw new SecretError("forbidden", "The parameter _method cannot be set")
}

const nameOf = (part: string): string => {
  const name = (part.split("=", 1)[0] as string).replaceAll("+", " ")
  try {
    return decodeURIComponent(name).trim()
  } catch {
    // What no server can read as the name of the credential either, but one might in part.
    return name.replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))).trim()
  }
}
