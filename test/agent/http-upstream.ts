import { expect } from "vitest"
import { type HttpAnswer, type HttpCall, type HttpDeps, sendWithSecret } from "../../src/agent/http/send-with-secret.ts"
import { Redacted } from "../../src/base/redacted.ts"
import { decideHttp } from "../../src/core/policy/decide-http.ts"
import { HttpRule, type Placement } from "../../src/core/policy/policy-shape.ts"
import { shapesOf } from "../canary.ts"
import { openTlsServer, type Seen, type TlsServer } from "./tls-server.ts"

export const HOST = "api.example.test"
export const OTHER = "other.example.test"
export const CANARY = "sk_live_CANARY_8Zq/+4f=Tn1"

export const BEARER: Placement = { in: "header", name: "Authorization", template: "Bearer {value}" }

export interface Sent extends HttpCall {
  method?: string
  path?: string
  value?: string
  rules?: HttpRule[]
}

export interface HttpUpstream {
  /** Says it is HOST. */
  server: TlsServer
  /** Says it is OTHER, under another authority. */
  other: TlsServer
  /** Lead every host to 127.0.0.1. */
  deps: HttpDeps & { ca: string }
  ruleOf(changes?: Partial<HttpRule>): HttpRule
  /** A call with the canary, decided by these rules. */
  send(sent?: Sent, more?: HttpDeps): Promise<HttpAnswer>
  reset(): void
  close(): Promise<void>
}

/** Two servers that a secret may be sent to, and what sends it. */
export const openHttpUpstream = async (): Promise<HttpUpstream> => {
  const [server, other] = await Promise.all([openTlsServer([HOST]), openTlsServer([OTHER])])
  const deps: HttpDeps & { ca: string } = { ca: server.ca, isAllowed: (address) => address === "127.0.0.1", lookup: async () => [{ address: "127.0.0.1", family: 4 }] }
  const ruleOf: HttpUpstream["ruleOf"] = (changes) =>
    HttpRule.parse({ host: `${HOST}:${server.port}`, methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], paths: ["/v1/**"], place: BEARER, response: "body", ...changes })
  return {
    server,
    other,
    deps,
    ruleOf,
    send: async ({ method = "GET", path = "/v1/a", value = CANARY, rules = [ruleOf()], ...call } = {}, more = {}) => {
      const decision = decideHttp({ method, url: `https://${(rules[0] as HttpRule).host}${path}` }, rules)
      return sendWithSecret(decision, { key: "API_KEY", value: new Redacted(value, "API_KEY") }, call, { ...deps, ...more })
    },
    reset: () => {
      for (const each of [server, other]) {
        each.seen = []
        each.connections = 0
        each.answer = (_request, response) => void response.end("ok")
      }
    },
    close: async () => void (await Promise.all([server.close(), other.close()])),
  }
}

/** How a call failed, and everything that is told of it. */
export const failureOf = async (sending: Promise<unknown>): Promise<{ code: string; message: string; text: string }> => {
  const error = await sending.then(() => null, (thrown: unknown) => thrown)
  expect(error).toMatchObject({ name: "SecretError" })
  const { code, message, details, help, cause } = error as { code: string; message: string; details: unknown; help: unknown; cause: unknown }
  return { code, message, text: JSON.stringify([message, details, help, String(cause)]) }
}

export const expectClean = (shown: unknown, value = CANARY): void => {
  const text = JSON.stringify(shown)
  for (const [shape, bytes] of shapesOf(value)) expect(text.includes(bytes.toString()), `${shape} in ${text}`).toBe(false)
  expect(text).not.toContain(value.slice(0, 12))
}

export const onlyRequest = ({ seen }: TlsServer): Seen => {
  expect(seen).toHaveLength(1)
  return seen[0] as Seen
}
