import type { AnswerOf, BodyInputOf, QueryInputOf } from "../api/route.ts"
import type { RouteName, Routes } from "../api/routes.ts"
import { SecretError } from "../base/errors.ts"
import { AT_ROOT, PATHS } from "./paths.ts"
import { serverError, unknownAnswer } from "./server-error.ts"
import { parseServerUrl } from "./server-url.ts"

export interface ClientOptions {
  /** Where the server is. Plain http:// is for loopback alone. */
  url: string
  token?: string
  /** A browser's half of a session; the other half is its cookie. */
  session?: string
  /** Default: the platform's. */
  fetch?: typeof globalThis.fetch
  /** How long an answer may take. Default 30,000. */
  timeoutMs?: number
}

export interface CallOptions {
  signal?: AbortSignal
}

export interface Question<Name extends RouteName> extends CallOptions {
  params?: Readonly<Record<string, string | number>>
  /** As the caller writes it: numbers are written out. */
  query?: Readonly<{ [Key in keyof QueryInputOf<Routes[Name]>]?: string | number | undefined }>
  body?: BodyInputOf<Routes[Name]>
  /** For what takes longer than others. */
  timeoutMs?: number
}

export interface Transport {
  call<Name extends RouteName>(name: Name, question?: Question<Name>): Promise<AnswerOf<Routes[Name]>>
  /** The bytes of an answer that goes on; `question.signal` ends it. */
  stream(name: RouteName, question: Question<RouteName>): Promise<ReadableStream<Uint8Array>>
}

const TIMEOUT_MS = 30_000

export const createTransport = (options: ClientOptions): Transport => {
  const base = parseServerUrl(options.url)
  const { fetch = globalThis.fetch } = options
  const timeoutOf = ({ timeoutMs }: { timeoutMs?: number }): number => options.timeoutMs ?? timeoutMs ?? TIMEOUT_MS

  const send = async (name: RouteName, question: Question<RouteName>, timeout: AbortSignal | null): Promise<Response> => {
    const [method] = PATHS[name].split(" ") as [string]
    const signals = [timeout, question.signal].filter((signal) => signal instanceof AbortSignal)
    try {
      return await fetch(base + pathOf(name, question), {
        method,
        headers: headersOf(options, question),
        credentials: "same-origin",
        redirect: "error",
        ...(question.body !== undefined && { body: JSON.stringify(question.body) }),
        ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
      })
    } catch (error) {
      throw failure(error, { timeoutMs: timeoutOf(question), timeout, signal: question.signal })
    }
  }

  return {
    call: async (name, question = {}) => {
      const timeout = AbortSignal.timeout(timeoutOf(question))
      const response = await send(name, question, timeout)
      const text = await response.text().catch((error: unknown) => {
        throw failure(error, { timeoutMs: timeoutOf(question), timeout, signal: question.signal })
      })
      if (!response.ok) throw serverError(response.status, text)
      return parseAnswer(response.status, text) as AnswerOf<Routes[typeof name]>
    },
    stream: async (name, question) => {
      const response = await send(name, question, null)
      if (!response.ok) throw serverError(response.status, await response.text())
      if (response.body === null) throw unknownAnswer(response.status)
      return response.body
    },
  }
}

const headersOf = ({ token, session }: ClientOptions, { body }: Question<RouteName>): Record<string, string> => ({
  accept: "application/json, text/event-stream",
  ...(token !== undefined && { authorization: `Bearer ${token}` }),
  ...(session !== undefined && { "x-sotto-session": session }),
  ...(body !== undefined && { "content-type": "application/json" }),
})

const pathOf = (name: RouteName, { params = {}, query = {} }: Question<RouteName>): string => {
  const [, template] = PATHS[name].split(" ") as [string, string]
  const path = template.replace(/:(\w+)/g, (_, key: string) => encodeSegment(String(params[key])))
  const given = Object.entries<string | number | undefined>(query).flatMap(([key, value]): [string, string][] => (value === undefined ? [] : [[key, String(value)]]))
  const search = new URLSearchParams(given).toString()
  return (AT_ROOT.includes(name) ? "" : "/api/v1") + path + (search === "" ? "" : `?${search}`)
}

/** A URL takes `.` and `..` for steps, however they are written. */
const encodeSegment = (text: string): string => {
  if (text === "" || text === "." || text === "..")
    throw new SecretError("invalid_argument", `the name "${text}" cannot stand in a URL`, { help: "Use the secret's id instead." })
  if (!text.isWellFormed()) throw new SecretError("invalid_argument", "a name must be well-formed Unicode")
  return encodeURIComponent(text)
}

interface Waiting {
  timeoutMs: number
  timeout: AbortSignal | null
  signal: AbortSignal | undefined
}

/** Why there is no answer. The cause stays out: what a network layer puts into its messages is not ours to vouch for. */
export const failure = (error: unknown, { timeoutMs, timeout, signal }: Waiting): SecretError => {
  if (signal?.aborted === true) return new SecretError("aborted")
  if (timeout?.aborted === true) return new SecretError("server_unreachable", `the server did not answer within ${timeoutMs} ms`)
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown }
  return new SecretError("server_unreachable", undefined, {
    details: typeof code === "string" ? { reason: code } : {},
    help: "Is the server running, and is its URL right?",
  })
}

const parseAnswer = (status: number, text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw unknownAnswer(status)
  }
}
