import * as z from "zod/mini"
import { SecretError } from "../../base/errors.ts"
import { decideHttp, type DecidedHttp } from "../../core/policy/decide-http.ts"
import { noteMasked } from "../../core/policy/note-masked.ts"
import type { HttpRule } from "../../core/policy/policy-shape.ts"
import { plainText } from "../../core/policy/rule-text.ts"
import type { StoredPolicy } from "../../core/policy/read-policy.ts"
import type { UseCall } from "../../core/policy/use-call.ts"
import { useSecrets, type SecretUse } from "../../core/policy/use-secrets.ts"
import { RequestedKey } from "../../core/requests/request-shapes.ts"
import { sendWithSecret, type HttpAnswer } from "../http/send-with-secret.ts"
import { defineTool, type ToolRun } from "../tool.ts"
import { answerOr, approvalAnswer, heldApproval } from "./approval-answer.ts"

const TIMEOUT_DEFAULT_MS = 30_000
const TIMEOUT_MAX_MS = 120_000
const SHOWN_MAX_BYTES = 1024 * 1024

const text = (what: string, maxCharacters: number) => z.string(`${what} must be a string`).check(z.maxLength(maxCharacters, `${what} is too long`))
const fields = (what: string) => z.optional(z.record(text("a name", 256), text(`a value of ${what}`, 8_192), `${what} is an object of texts`))

export const httpWithSecretsTool = defineTool({
  name: "http_with_secrets",
  title: "Call an API with a secret",
  description:
    "Makes one https request with a secret in the place that its policy names (a header, a parameter or a field of the JSON body): you name the key and leave that place out. The policy has to allow host, method and path; a person may be asked first: then `status` is pending, and the same call made again goes on. Unless the policy says otherwise you get the status alone.",
  input: z.strictObject({
    key: RequestedKey,
    method: z.optional(z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], "method is one of GET, HEAD, POST, PUT, PATCH, DELETE")),
    url: text("url", 8_192),
    headers: fields("headers"),
    query: fields("query"),
    /** A text, or a JSON value. */
    body: z.optional(z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())])),
    timeoutMs: z.optional(z.number("timeoutMs must be a number").check(z.refine((ms) => ms >= 100 && ms <= TIMEOUT_MAX_MS, `timeoutMs is from 100 to ${TIMEOUT_MAX_MS}`))),
  }),
  output: answerOr({
    httpStatus: z.number(),
    headers: z.record(z.string(), z.string()),
    body: z.string(),
    binaryBytes: z.number(),
    truncated: z.boolean(),
    finalUrl: z.string(),
    warnings: z.array(z.string()),
  }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  exclusive: false,
  run: async ({ key, method = "GET", timeoutMs = TIMEOUT_DEFAULT_MS, ...rest }, run) => {
    const order = { method, ...rest }
    const { ctx, workspace } = run.scope
    const call = callOf(run, order)
    const answer = await heldApproval(run, () => useSecrets(ctx, { namespace: workspace, keys: [key], call }))
    if (answer.status !== "granted") return approvalAnswer(run.scope, answer.request)
    const [use] = answer.secrets as SecretUse<StoredPolicy>[]
    if (use === undefined) throw new SecretError("internal")
    run.used.push({ name: key, value: use.value.reveal() })
    const { http: rules } = use.rule
    const { headers, query, body } = order
    const content = { headers, query, body, timeoutMs, maxBytes: SHOWN_MAX_BYTES, signal: run.signal }
    const sent = await sendWithSecret(decideHttp(order, rules), { key, value: use.value }, content, { ...run.scope.network, redirects: redirectsOf(use.rule) })
    return { status: "done" as const, ...shown(sent), warnings: [...sent.warnings, ...(await noteHits(run, key, sent))] }
  },
})

interface Order {
  method: string
  url: string
  headers?: Record<string, string> | undefined
  query?: Record<string, string> | undefined
  body?: unknown
}

/** A redirect goes where somebody said that calls may go: to nobody's surprise, after an approval of one call, nowhere. */
const redirectsOf = ({ approval, http }: StoredPolicy): HttpRule[] => (approval === "never" ? http : approval === "session" ? http.slice(0, 1) : [])

/** The rule that covers the call comes first; the others travel with it for redirects. */
const callOf = ({ scope }: ToolRun, order: Order): UseCall<StoredPolicy> => {
  const decide = (policy: StoredPolicy): DecidedHttp => decideHttp(order, policy.http)
  return {
    tool: "http",
    line: lineOf(order),
    logged: loggedOf(order),
    digest: JSON.stringify([order.method, order.url, order.headers ?? null, order.query ?? null, order.body ?? null]),
    session: scope.session,
    decide: (policy) => ({ ...policy, http: [decide(policy).rule, ...policy.http] }),
  }
}

const lineOf = ({ method, url, headers, query, body }: Order): string =>
  [
    `${method} ${plainText(url)}`,
    ...(query === undefined ? [] : [`with the parameters ${plainText(JSON.stringify(query))}`]),
    ...(headers === undefined ? [] : [`with the headers ${plainText(JSON.stringify(headers))}`]),
    ...(body === undefined ? [] : [`with the body ${plainText(typeof body === "string" ? body : JSON.stringify(body))}`]),
  ].join("\n")

const loggedOf = ({ method, url }: Order): string => {
  const parsed = URL.parse(url)
  return parsed === null ? method : `${method} ${parsed.host}${parsed.pathname}`.slice(0, 500)
}

const shown = ({ status, headers, body, bytes, truncated, finalUrl }: HttpAnswer) => ({
  httpStatus: status,
  finalUrl,
  ...(headers && { headers }),
  ...(typeof body === "string" && { body }),
  ...(bytes !== undefined && { binaryBytes: bytes }),
  ...(truncated !== undefined && { truncated }),
})

const noteHits = async ({ scope }: ToolRun, key: string, { masked }: HttpAnswer): Promise<string[]> => {
  if (masked === 0) return []
  const suspended = await noteMasked(scope.ctx, { namespace: scope.workspace, hits: { [key]: masked } })
  return suspended.length === 0 ? [] : [`${key} can no longer be used: its value stood in results too often, and a person has to allow it again`]
}
