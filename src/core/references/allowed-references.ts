import { SecretError } from "../../base/errors.ts"

/** `*` stands for any text, also across slashes; everything else for itself. */
const matches = (pattern: string, reference: string): boolean => {
  const [first = "", ...rest] = pattern.split("*")
  if (!reference.startsWith(first)) return false
  if (rest.length === 0) return reference === first
  const last = rest.pop() as string
  let at = first.length
  for (const part of rest) {
    const found = reference.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return reference.length - last.length >= at && reference.endsWith(last)
}

/**
 * Narrows what may be named, before anybody is asked. null allows everything.
 * @throws SecretError `not_trusted` with the names that were refused
 */
export const assertAllowed = (asked: readonly { name: string; reference: string }[], patterns: readonly string[] | null): void => {
  if (patterns === null) return
  const refused = asked.filter(({ reference }) => !patterns.some((pattern) => matches(pattern, reference))).map(({ name }) => name)
  if (refused.length === 0) return
  throw new SecretError("not_trusted", `no pattern of --allow or SOTTO_ALLOW allows the references of ${refused.join(", ")}`, {
    details: { names: refused },
    help: "Add a pattern such as --allow 'op://CI/*', or take the names out.",
  })
}
