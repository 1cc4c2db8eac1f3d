import { SecretError } from "../../base/errors.ts"
import { schemeOf } from "./parse-reference.ts"
import type { SecretSpec } from "./secret-spec.ts"

/**
 * Refuses what none of the patterns covers. In a pattern `*` stands for any text: `op://CI/*`. The reference counts as it is
 * written, so that a second way of writing one is refused rather than let through.
 * @throws SecretError `forbidden`, before anybody is contacted
 */
export const assertAllowed = (specs: readonly SecretSpec[], patterns: readonly string[]): void => {
  const covers = patterns.map(matcherOf)
  const refused = specs.filter(({ reference }) => !covers.some((covered) => covered(reference)))
  if (refused.length === 0) return
  const names = refused.map(({ name }) => name)
  throw new SecretError("forbidden", `no allowed pattern covers the references of: ${names.join(", ")}`, {
    details: { problems: refused.map(({ name, reference }) => ({ name, scheme: schemeOf(reference), code: "forbidden", reason: "not_allowed" })) },
    help: "Add a pattern with --allow or SOTTO_ALLOW, or take the reference out.",
  })
}

/** Part by part, without a regular expression: a pattern of many stars must not take long. */
const matcherOf = (pattern: string): ((text: string) => boolean) => {
  const [start = "", ...others] = pattern.split("*")
  const end = others.pop()
  return (text) => {
    if (end === undefined) return text === start
    if (!text.startsWith(start) || !text.endsWith(end) || text.length < start.length + end.length) return false
    return holdsInOrder(text.slice(start.length, text.length - end.length), others)
  }
}

const holdsInOrder = (text: string, parts: readonly string[]): boolean => {
  let at = 0
  return parts.every((part) => {
    const found = text.indexOf(part, at)
    at = found + part.length
    return found !== -1
  })
}
