import { canonicalJson, type JsonValue } from "../../base/canonical-json.ts"
import type { ExecRule, HttpRule, Policy } from "./policy-shape.ts"

export type AnyRule = { http: HttpRule } | { exec: ExecRule }

const same = (a: unknown, b: unknown): boolean => canonicalJson(plain(a)) === canonicalJson(plain(b))

/** Without what is absent, as a rule is laid down. */
const plain = (rule: unknown): JsonValue => JSON.parse(JSON.stringify(rule)) as JsonValue

/** Whether the policy holds this very rule. */
export const coversRule = (policy: Policy | null, rule: AnyRule): boolean => {
  if (policy === null) return false
  return "http" in rule ? policy.http.some((each) => same(each, rule.http)) : policy.exec.some((each) => same(each, rule.exec))
}

/** The policy with one rule more; what it holds already is not doubled. */
export const withRule = <P extends Policy>(policy: P, rule: AnyRule): P => {
  if (coversRule(policy, rule)) return policy
  return "http" in rule ? { ...policy, http: [...policy.http, rule.http] } : { ...policy, exec: [...policy.exec, rule.exec] }
}
