import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { isSecretError, SecretError } from "../../base/errors.ts"
import { authenticateSession } from "../../core/access/authenticate-session.ts"
import { nowOf, type StoreContext } from "../../core/context.ts"
import { findAgentRules } from "../../core/policy/agent-rules.ts"
import { answerRequest } from "../../core/requests/answer-request.ts"
import { declineRequest } from "../../core/requests/close-request.ts"
import { authenticateForm, redeemPairingCode } from "../../core/requests/pairing-code.ts"
import { REQUEST_LIMITS } from "../../core/requests/request-limits.ts"
import { getRequest } from "../../core/requests/read-requests.ts"
import type { RequestView } from "../../core/requests/request-view.ts"
import type { ServerParts } from "../call.ts"
import type { Limits } from "../limits.ts"
import { cookieName, formCookieName, formCookieOptions } from "../session-cookie.ts"
import { renderAnswered, renderGate, renderNotice, renderRequest, type FormProof } from "./render-request.ts"

const page = { config: { isPage: true } } as const
/** Fifty values of the largest size, each byte written as three. */
const ANSWER_MAX_BYTES = 12 * 1024 * 1024
const CODE_MAX_BYTES = 4096
/** More than any form has: a value and a tick for each key, a tick for each use, and its own. */
const FIELDS_MAX = 2 * REQUEST_LIMITS.keysMax + REQUEST_LIMITS.usesMax + 8
const ID = /^req_[0-9A-Za-z]{22}$/

type Fields = Readonly<Record<string, string>>

/** Whoever sends them is not known yet, and a million of them would keep the server busy for a minute. */
const parseFields = (text: string): Fields => {
  if (text.split("&", FIELDS_MAX + 1).length > FIELDS_MAX) throw new SecretError("payload_too_large", "the form was sent with more fields than it has")
  return Object.fromEntries(new URLSearchParams(text))
}

/** The page at `/r/ID`: a form that works without a script. */
export const mountRequestForm = (app: FastifyInstance, parts: ServerParts, limits: Limits): void => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string", bodyLimit: ANSWER_MAX_BYTES }, async (_request: FastifyRequest, text: string) => parseFields(text))
  app.get("/r/:id", page, (request, reply) => send(reply, renderGate(idOf(request))))

  app.post("/r/:id", { ...page, bodyLimit: CODE_MAX_BYTES }, async (request, reply) => {
    await limits.signIns(request, reply)
    const opened = await open(parts, request, reply)
    if (opened === null) return send(reply, renderGate(idOf(request), fieldsOf(request).code === undefined ? undefined : WRONG), 401)
    return showForm(parts.ctx, reply, opened)
  })

  app.post("/r/:id/answer", { ...page, bodyLimit: ANSWER_MAX_BYTES }, async (request, reply) => {
    const opened = await prove(parts, request)
    if (opened === null) return send(reply, renderNotice("This form is not open", "It was used already, or it was opened elsewhere. Open the request anew."), 403)
    return fieldsOf(request).action === "decline" ? decline(opened, reply) : answer(parts.ctx, opened, request, reply)
  })
}

const WRONG = "That code is wrong, was used, or is too old."

/** Somebody who has proved that they are the person who is asked. */
interface Opened {
  ctx: StoreContext
  view: RequestView
  proof: FormProof
}

const send = (reply: FastifyReply, text: string, status = 200): FastifyReply =>
  reply.code(status).header("referrer-policy", "no-referrer").type("text/html; charset=utf-8").send(text)

const idOf = (request: FastifyRequest): string => {
  const { id } = request.params as { id: string }
  if (!ID.test(id)) throw new SecretError("not_found", "this is no address of a request")
  return id
}

const fieldsOf = ({ body }: FastifyRequest): Fields => (body ?? {}) as Fields

/** By a code, which is spent, or by the session of this browser. */
const open = async (parts: ServerParts, request: FastifyRequest, reply: FastifyReply): Promise<Opened | null> => {
  const { code } = fieldsOf(request)
  if (code === undefined) return prove(parts, request)
  const halves = await orNull(redeemPairingCode(parts.ctx, { requestId: idOf(request), code }))
  if (halves === null) return null
  const [cookie, field] = [halves.cookie.reveal(), halves.field.reveal()]
  const actor = await authenticateForm(parts.ctx, idOf(request), { cookie, field })
  const ctx = { ...parts.ctx, actor }
  const view = await getRequest(ctx, { requestId: idOf(request) })
  const maxAge = Math.max(1, Math.floor((view.expiresAt - nowOf(ctx)) / 1_000))
  reply.setCookie(formCookieName(parts.settings, request), cookie, { ...formCookieOptions(parts.settings, `/r/${view.requestId}`), maxAge })
  return { ctx, view, proof: { name: "form", half: field } }
}

const prove = async ({ ctx, settings }: ServerParts, request: FastifyRequest): Promise<Opened | null> => {
  const { form, session } = fieldsOf(request)
  const proof: FormProof | null = form !== undefined ? { name: "form", half: form } : session !== undefined ? { name: "session", half: session } : null
  if (proof === null) return null
  const actor = await orNull(
    proof.name === "form"
      ? authenticateForm(ctx, idOf(request), { cookie: request.cookies[formCookieName(settings, request)] ?? "", field: proof.half })
      : authenticateSession(ctx, { cookie: request.cookies[cookieName(settings, request)] ?? "", header: proof.half }),
  )
  if (actor === null) return null
  const mine = { ...ctx, actor }
  const view = await orNull(getRequest(mine, { requestId: idOf(request) }))
  return view === null ? null : { ctx: mine, view, proof }
}

/** null for what was refused; what broke is thrown on. */
const orNull = async <T>(work: Promise<T>): Promise<T | null> => {
  try {
    return await work
  } catch (error) {
    if (isSecretError(error) && ["unauthorized", "not_found", "forbidden"].includes(error.code)) return null
    throw error
  }
}

const showForm = async (store: StoreContext, reply: FastifyReply, { view, proof }: Opened, problem?: string): Promise<FastifyReply> => {
  if (view.status !== "pending") return send(reply, renderNotice(CLOSED[view.status] ?? "This request is closed", "There is nothing left to do here."), 410)
  const rules = await findAgentRules(store, store.storage, view.namespace)
  return send(reply, renderRequest({ view, rules, proof, ...(problem !== undefined && { problem }) }), problem === undefined ? 200 : 400)
}

const CLOSED: Readonly<Record<string, string>> = {
  provided: "This request was answered",
  partial: "This request was answered",
  declined: "This request was declined",
  cancelled: "This request was cancelled",
  expired: "This request has expired",
}

const decline = async ({ ctx, view }: Opened, reply: FastifyReply): Promise<FastifyReply> => {
  const closed = await orClosed(declineRequest(ctx, { requestId: view.requestId }))
  if (closed === null) return send(reply, renderNotice("Already used", "This request was settled before."), 409)
  return send(reply, renderNotice("Declined", "Nothing was stored. The agent is told that you declined, and no more."))
}

const answer = async (store: StoreContext, opened: Opened, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
  const { ctx, view } = opened
  try {
    const given = readAnswer(fieldsOf(request), view)
    const answered = await orClosed(answerRequest(ctx, { requestId: view.requestId, ...given }))
    if (answered === null) return send(reply, renderNotice("Already used", "This request was settled before."), 409)
    const blankEnds = answered.stored.filter((key) => /^\s|\s$/u.test(given.values[key] ?? ""))
    return send(reply, renderAnswered(answered, blankEnds))
  } catch (error) {
    if (!isSecretError(error) || !["invalid_argument", "value_too_large"].includes(error.code)) throw error
    return showForm(store, reply, opened, `Nothing was stored: ${error.message}. ${error.help ?? ""}`)
  }
}

const orClosed = async <T>(work: Promise<T>): Promise<T | null> => {
  try {
    return await work
  } catch (error) {
    if (isSecretError(error) && error.code === "request_closed") return null
    throw error
  }
}

const OF_THE_FORM: readonly string[] = ["form", "session", "action"]

/** What was typed, byte for byte, but that browsers send each line break of a text area as CR LF (HTML §4.10.21.4). */
const readAnswer = (fields: Fields, view: RequestView) => {
  const values: Record<string, string> = Object.create(null) as Record<string, string>
  const skip: string[] = []
  const allow: number[] = []
  for (const [name, text] of Object.entries(fields)) {
    const [kind, rest = ""] = splitName(name)
    if (kind === "value" && text !== "") values[rest] = text.replaceAll("\r\n", "\n")
    else if (kind === "skip") skip.push(rest)
    else if (kind === "use" && /^[0-9]{1,2}$/.test(rest)) allow.push(Number(rest))
    else if (kind !== "value" && !OF_THE_FORM.includes(name)) throw new SecretError("invalid_argument", "the form was sent with a field that it does not have")
  }
  const given = view.variables.map(({ key }) => key).filter((key) => key in values)
  if (given.length !== Object.keys(values).length) throw new SecretError("invalid_argument", "the answer holds a key that was not asked for")
  return { values: { ...values }, skip: skip.filter((key) => !(key in values)), allow }
}

const splitName = (name: string): [string, string?] => {
  const dot = name.indexOf(".")
  return dot === -1 ? [name] : [name.slice(0, dot), name.slice(dot + 1)]
}
