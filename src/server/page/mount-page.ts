import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { isSecretError } from "../../base/errors.ts"
import { authenticateSession } from "../../core/access/authenticate-session.ts"
import { endSession } from "../../core/access/end-session.ts"
import { listWorkspaces } from "../../core/access/list-workspaces.ts"
import { redeemLink } from "../../core/access/redeem-link.ts"
import type { Authenticated } from "../../core/access/credential.ts"
import { nowOf, type StoreContext } from "../../core/context.ts"
import { DEFAULT_NAMESPACE } from "../../core/limits.ts"
import { listItems } from "../../core/list-items.ts"
import { listRequests } from "../../core/requests/read-requests.ts"
import type { ServerParts } from "../call.ts"
import type { Limits } from "../limits.ts"
import { clearSessionCookie, cookieName, setSessionCookie } from "../session-cookie.ts"
import { renderOverview, renderSignIn } from "./render-page.ts"
import { SCRIPT } from "./script.ts"
import { STYLE } from "./style.ts"

const NAMES_SHOWN = 200
const FORM_MAX_BYTES = 4096

const page = { config: { isPage: true } } as const

const REFUSED = "That code is wrong, was used, or is older than ten minutes."

interface PageParts {
  limits: Limits
  /** Whether it is what stands at `/`; elsewhere browsers without a script come to it from the console. */
  isAtRoot: boolean
}

/** The plain page: forms, so that it works without a script. */
export const mountPage = (app: FastifyInstance, parts: ServerParts, { limits, isAtRoot }: PageParts): void => {
  const { ctx, settings } = parts
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string", bodyLimit: FORM_MAX_BYTES }, (_request, text, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(text)))),
  )
  if (isAtRoot) app.get("/", page, (_request, reply) => sendPage(reply, renderSignIn()))
  app.get("/assets/sotto.css", page, (_request, reply) => reply.type("text/css; charset=utf-8").send(STYLE))
  app.get("/assets/sotto.js", page, (_request, reply) => reply.type("text/javascript; charset=utf-8").send(SCRIPT))

  app.post("/sign-in", page, async (request, reply) => {
    await limits.signIns(request, reply)
    const session = await orNull(redeemLink(ctx, { code: field(request, "code") }))
    if (session === null) return sendPage(reply, renderSignIn(REFUSED), 401)
    const [cookie, header] = [session.cookie.reveal(), session.header.reveal()]
    setSessionCookie(settings, request, reply, { cookie, maxAgeMs: session.expiresAt - nowOf(ctx) })
    return sendPage(reply, await overview(ctx, await authenticateSession(ctx, { cookie, header }), header, DEFAULT_NAMESPACE))
  })

  app.post("/", page, async (request, reply) => {
    const person = await sessionOf(parts, request)
    if (person === null) return sendPage(reply, renderSignIn("You are signed out."), 401)
    return sendPage(reply, await overview(ctx, person, field(request, "session"), field(request, "workspace") || DEFAULT_NAMESPACE))
  })

  app.post("/sign-out", page, async (request, reply) => {
    const person = await sessionOf(parts, request)
    if (person !== null) await endSession({ ...ctx, actor: person }, { id: person.credential.id })
    clearSessionCookie(settings, request, reply)
    return sendPage(reply, renderSignIn())
  })
}

const sendPage = (reply: FastifyReply, page: string, status = 200): FastifyReply =>
  reply.code(status).type("text/html; charset=utf-8").send(page)

const field = ({ body }: FastifyRequest, name: string): string => {
  const value = (body as Record<string, unknown> | undefined)?.[name]
  return typeof value === "string" ? value : ""
}

const sessionOf = ({ ctx, settings }: ServerParts, request: FastifyRequest): Promise<Authenticated | null> =>
  orNull(authenticateSession(ctx, { cookie: request.cookies[cookieName(settings, request)] ?? "", header: field(request, "session") }))

/** null for what was refused; what broke is thrown on. */
const orNull = async <T>(work: Promise<T>): Promise<T | null> => {
  try {
    return await work
  } catch (error) {
    if (isSecretError(error) && ["unauthorized", "invalid_argument", "not_found", "forbidden"].includes(error.code)) return null
    throw error
  }
}

const overview = async (store: StoreContext, person: Authenticated, session: string, asked: string): Promise<string> => {
  const ctx = { ...store, actor: person }
  const workspaces = ((await orNull(listWorkspaces(ctx, {}))) ?? []).map(({ id }) => id)
  const current = workspaces.includes(asked) ? asked : (workspaces[0] ?? asked)
  const listing = { namespace: current, paginationOpts: { numItems: NAMES_SHOWN, cursor: null } }
  const found = await orNull(listItems(ctx, listing))
  return renderOverview({
    session,
    person: person.principal.name,
    workspaces,
    current,
    names: found?.page.map(({ key }) => key) ?? [],
    isMore: found?.isDone === false,
    requests: ((await orNull(listRequests(ctx, { namespace: current }))) ?? []).map(({ requestId, requester, call, variables }) => ({
      requestId,
      who: requester.name,
      what: call === undefined ? variables.map(({ key }) => key).join(", ") : "a call with your secrets",
    })),
  })
}
