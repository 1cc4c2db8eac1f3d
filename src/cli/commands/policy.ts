import { SecretError } from "../../base/errors.ts"
import type { AgentRules } from "../../core/policy/agent-rules.ts"
import type { PolicyView } from "../../core/policy/set-policy.ts"
import { assertPersonsShell } from "../agent-shell.ts"
import type { SecretRef } from "../backend.ts"
import type { Call } from "../command.ts"
import { parseTtl } from "../duration.ts"
import { withBackend } from "../open-backend.ts"
import type { PolicyChange } from "../request-backend.ts"
import { time } from "../table.ts"
import { workspaceOf } from "../workspace.ts"
import { useText } from "../answer-request.ts"

const refOf = async (call: Call): Promise<SecretRef> => ({ workspace: await workspaceOf(call), name: call.args[0] as string })

export const showPolicy = async (call: Call): Promise<void> => {
  const ref = await refOf(call)
  show(call, await withBackend(call, ({ requests }) => requests.showPolicy(ref)))
}

export const denyPolicy = async (call: Call): Promise<void> => {
  const ref = await refOf(call)
  show(call, await withBackend(call, ({ requests }) => requests.clearPolicy(ref)))
}

export const allowPolicy = async (call: Call): Promise<void> => {
  assertPersonsShell(call.env, "policy allow")
  const change = changeOf(call)
  const ref = await refOf(call)
  show(call, await withBackend(call, ({ requests }) => requests.allow(ref, change)))
}

const show = ({ screen }: Call, view: PolicyView): void => screen.show(view, () => described(view))

const described = ({ name, policy }: PolicyView): string => {
  if (policy === null) return `Agents may do nothing with ${name}`
  const uses = [...policy.http.map((http) => ({ key: name, http })), ...policy.exec.map((exec) => ({ key: name, exec }))]
  const lines = uses.length === 0 ? [`Agents may do nothing with ${name} yet`] : ["Agents may", ...uses.map((use) => `  ${useText(use)}`)]
  if (policy.sync !== undefined && policy.sync.length > 0) lines.push(`It is delivered to ${policy.sync.map((each) => (each === "*" ? "every environment" : each)).join(", ")}: code there can read it.`)
  if (uses.length > 0) lines.push({ "every-use": "You are asked at every use.", session: "You are asked once in each session.", never: "You are not asked." }[policy.approval])
  if (policy.expiresAt !== undefined) lines.push(`Until ${time(policy.expiresAt)} UTC.`)
  if (policy.suspendedAt !== undefined) lines.push(`Suspended since ${time(policy.suspendedAt)} UTC: its value stood in results too often. \`sotto policy allow ${name}\` ends that.`)
  return lines.join("\n")
}

const changeOf = ({ options }: Call): PolicyChange => {
  const [exec, host, sync, approval, expires] = ["exec", "host", "sync", "approval", "expires"].map((name) => options.text(name))
  const environment = options.text("environment")
  if (exec !== undefined && host !== undefined) throw new SecretError("invalid_argument", "--exec and --host exclude each other")
  const ttlMs = expires === undefined ? undefined : parseTtl("--expires", expires)
  return {
    ...(exec !== undefined && { exec: { program: exec, args: [...options.texts("arg")], ...(options.text("network") !== undefined && { network: options.text("network") as "none" }), ...(environment !== undefined && { environment }) } }),
    ...(host !== undefined && { http: httpRule(options, host) }),
    ...(sync !== undefined && { sync }),
    ...(approval !== undefined && { approval: approval as NonNullable<PolicyChange["approval"]> }),
    ...(ttlMs !== undefined && { expiresAt: ttlMs === null ? null : Date.now() + ttlMs }),
  }
}

const httpRule = (options: Call["options"], host: string): NonNullable<PolicyChange["http"]> => {
  const paths = [...options.texts("path")]
  if (paths.length === 0) throw new SecretError("invalid_argument", "--host wants a --path at least", { help: "For example: --host api.example.com --path '/v1/*'" })
  const methods = options.texts("method").length === 0 ? ["GET"] : options.texts("method").map((method) => method.toUpperCase())
  const response = options.text("response")
  return { host, methods: methods as "GET"[], paths, place: placeOf(options), ...(response !== undefined && { response: response as "body" }) }
}

const placeOf = (options: Call["options"]): NonNullable<PolicyChange["http"]>["place"] => {
  const [header, template, query, json, basic] = ["header", "template", "query", "json", "basic"].map((name) => options.text(name))
  if ([header ?? template, query, json, basic].filter((each) => each !== undefined).length > 1)
    throw new SecretError("invalid_argument", "--header, --query, --json and --basic exclude each other: a secret goes to one place")
  if (query !== undefined) return { in: "query", name: query }
  if (json !== undefined) return { in: "json", pointer: json }
  if (basic !== undefined) return { in: "basic", user: basic }
  if (header !== undefined) return { in: "header", name: header.toLowerCase(), ...(template !== undefined && { template }) }
  return { in: "header", name: "authorization", template: template ?? "Bearer {value}" }
}

export const workspacePolicy = async (call: Call): Promise<void> => {
  const workspace = await workspaceOf(call)
  const wanted = rulesOf(call)
  if (wanted !== null) assertPersonsShell(call.env, "policy workspace")
  const rules = await withBackend(call, ({ requests }) => (wanted === null ? requests.rules(workspace) : requests.setRules(workspace, wanted)))
  call.screen.show(rules, () => rulesText(workspace, rules))
}

const rulesOf = ({ options }: Call): AgentRules | null => {
  const [keys, reserved, linkHosts] = [options.texts("key"), options.texts("reserved"), options.texts("link-host")]
  const isGiven = keys.length + reserved.length + linkHosts.length > 0
  if (options.flag("clear") && isGiven) throw new SecretError("invalid_argument", "--clear stands alone")
  if (!isGiven) return options.flag("clear") ? {} : null
  return {
    ...(keys.length > 0 && { keys: [...keys] }),
    ...(reserved.length > 0 && { reserved: [...reserved] }),
    ...(linkHosts.length > 0 && { linkHosts: [...linkHosts] }),
  }
}

const rulesText = (workspace: string, { keys, reserved, linkHosts }: AgentRules): string =>
  [
    keys === undefined ? `Agents may ask for any key in ${workspace}` : `Agents may ask in ${workspace} for ${keys.join(", ")}`,
    ...(reserved === undefined ? [] : [`Reserved names that may be asked for: ${reserved.join(", ")}`]),
    ...(linkHosts === undefined ? [] : [`Forms link to ${linkHosts.join(", ")}`]),
  ].join("\n")
