import { setTimeout as sleep } from "node:timers/promises"
import type { CreatedRequest } from "../../core/requests/create-request.ts"
import type { RequestStatus } from "../../core/requests/request-view.ts"
import type { Backend } from "../backend.ts"
import type { Call } from "../command.ts"
import { parseDuration } from "../duration.ts"
import { withBackend } from "../open-backend.ts"
import type { Asked } from "../request-backend.ts"
import { workspaceOf } from "../workspace.ts"

const LOOK_EVERY_MS = 500

type Seen = CreatedRequest & { url?: string }

const EXIT: Readonly<Record<RequestStatus, number>> = { pending: 0, provided: 0, partial: 3, declined: 5, cancelled: 5, expired: 5 }

export const request = async (call: Call): Promise<number> => {
  const workspace = await workspaceOf(call)
  const asked = askedBy(call)
  const stopped = new AbortController()
  call.onInterrupt(() => stopped.abort())
  const seen = await withBackend(call, async (backend) => {
    const made: Seen = await backend.requests.create(workspace, asked)
    if (made.status !== "pending" || call.options.flag("no-wait")) return made
    call.screen.note(howToAnswer(made))
    return waitFor(backend, made, stopped.signal)
  })
  call.screen.show(seen, () => sentence(seen))
  return stopped.signal.aborted && seen.status === "pending" ? 130 : EXIT[seen.status]
}

const askedBy = ({ args, options }: Call): Asked => {
  const optional = options.texts("optional")
  const reason = options.text("reason")
  const expires = options.text("expires")
  return {
    keys: [...args.map((key) => ({ key, optional: false })), ...optional.map((key) => ({ key, optional: true }))],
    replace: options.flag("replace"),
    ...(reason !== undefined && { reason }),
    ...(expires !== undefined && { ttlMs: parseDuration("--expires", expires) }),
  }
}

const howToAnswer = ({ requestId, url, missing }: Seen): string => {
  const there = url === undefined ? "" : `\n  in a browser:  ${url}   (its code: sotto requests code ${requestId})`
  return `Waiting for ${missing.join(", ")}. Answer\n  in a terminal: sotto requests answer ${requestId}${there}`
}

/** Looks now and then: an answer takes a person longer than that. */
const waitFor = async (backend: Backend, made: Seen, signal: AbortSignal): Promise<Seen> => {
  let seen = made
  while (seen.status === "pending" && !signal.aborted) {
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
    seen = await backend.requests.get(made.requestId as string)
  }
  return seen
}

const sentence = ({ requestId, status, provided, missing, url }: Seen): string => {
  const lines = [`${status}${requestId === undefined ? "" : `  ${requestId}`}`]
  if (provided.length > 0) lines.push(`provided: ${provided.join(", ")}`)
  if (missing.length > 0) lines.push(`missing: ${missing.join(", ")}`)
  if (url !== undefined) lines.push(`form: ${url}`)
  return lines.join("\n")
}
