import type { FastifyReply } from "fastify"
import type { CLIENT_EVENT_TYPES } from "../api/workspace-routes.ts"
import { fromUtf8 } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import type { Authenticated } from "../core/access/credential.ts"
import { isAllowed } from "../core/authorize.ts"
import { nowOf, type StoreContext } from "../core/context.ts"
import type { EventRow } from "../core/ports/rows.ts"

interface Stream {
  actor: Authenticated
  workspace: string | null
  reply: FastifyReply
}

const CLIENT_EVENTS: Readonly<Record<string, (typeof CLIENT_EVENT_TYPES)[number]>> = {
  created: "secret.upserted",
  updated: "secret.upserted",
  rolled_back: "secret.upserted",
  deleted: "secret.deleted",
  request_created: "request.created",
  request_answered: "request.settled",
  request_declined: "request.settled",
  request_cancelled: "request.settled",
  workflow_started: "workflow.updated",
  workflow_resumed: "workflow.updated",
  workflow_ended: "workflow.updated",
}

const HEARTBEAT_MS = 15_000
/** Whoever reads no faster than this is let go and comes again. */
const MAX_BUFFERED_BYTES = 256 * 1024
const MAX_PER_PRINCIPAL = 50

/** Open streams of events: what changed where, never which key and never a value. */
export class EventStreams {
  readonly #ctx: StoreContext
  readonly #heartbeatMs: number
  readonly #streams = new Set<Stream>()
  #stopWatching: (() => void) | null = null
  #heartbeat: NodeJS.Timeout | undefined

  constructor(ctx: StoreContext, heartbeatMs = HEARTBEAT_MS) {
    this.#ctx = ctx
    this.#heartbeatMs = heartbeatMs
  }

  get count(): number {
    return this.#streams.size
  }

  /** Takes over the reply. null hears of every workspace that the actor may list. @throws SecretError `rate_limited` */
  open(reply: FastifyReply, { actor, workspace }: { actor: Authenticated; workspace: string | null }): void {
    const own = [...this.#streams].filter((stream) => stream.actor.principal.id === actor.principal.id)
    if (own.length >= MAX_PER_PRINCIPAL) throw new SecretError("rate_limited", "too many open streams")
    const stream = { actor, workspace, reply }
    this.#add(stream)
    reply.hijack()
    reply.raw.on("close", () => this.#drop(stream))
    reply.raw.writeHead(200, { ...textHeaders(reply), "content-type": "text/event-stream", "cache-control": "no-store" })
    this.#send(stream, ": listening\n\n")
    reply.log.debug({ requestId: reply.request.id }, "stream opened")
    void this.#prove(stream) // a revocation between the gate and here has told nobody
  }

  close(): void {
    for (const stream of this.#streams) this.#drop(stream)
  }

  #add(stream: Stream): void {
    this.#streams.add(stream)
    if (this.#stopWatching !== null) return
    this.#stopWatching = this.#ctx.storage.watch((rows) => this.#tell(rows))
    this.#heartbeat = setInterval(() => this.#beat(), this.#heartbeatMs).unref()
  }

  #drop(stream: Stream): void {
    if (!this.#streams.delete(stream)) return
    stream.reply.raw.end()
    if (this.#streams.size > 0) return
    this.#stopWatching?.()
    this.#stopWatching = null
    clearInterval(this.#heartbeat)
  }

  #send(stream: Stream, text: string): void {
    const { raw } = stream.reply
    raw.write(text)
    if (raw.writableLength <= MAX_BUFFERED_BYTES) return
    raw.destroy()
    this.#drop(stream)
  }

  #tell(rows: readonly EventRow[]): void {
    const ended = new Set(rows.map(endedCredential))
    for (const stream of this.#streams)
      if (ended.has(stream.actor.credential.id) || this.#isExpired(stream)) this.#drop(stream)
    for (const row of rows) for (const stream of this.#streams) if (concerns(stream, row)) this.#send(stream, message(row))
  }

  #beat(): void {
    for (const stream of this.#streams) {
      this.#send(stream, ": still here\n\n")
      void this.#prove(stream)
    }
  }

  async #prove(stream: Stream): Promise<void> {
    try {
      if (this.#isExpired(stream)) this.#drop(stream)
      else await stream.actor.assertLive?.(this.#ctx.storage)
    } catch {
      this.#drop(stream)
    }
  }

  #isExpired({ actor }: Stream): boolean {
    return actor.credential.expiresAt !== null && nowOf(this.#ctx) >= actor.credential.expiresAt
  }
}

const textHeaders = (reply: FastifyReply): Record<string, string | string[]> =>
  Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, Array.isArray(value) ? value : String(value)]))

const concerns = (stream: Stream, row: EventRow): boolean => {
  const { namespace } = row
  if (CLIENT_EVENTS[row.type] === undefined || namespace === null) return false
  return (stream.workspace === null || stream.workspace === namespace) && isAllowed(stream.actor, "list", namespace)
}

const message = (row: EventRow): string => {
  const data = { type: CLIENT_EVENTS[row.type], workspaceId: row.namespace, userId: row.principalId }
  return `id: ${row.seq}\nevent: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
}

/** The credential that an event says has ended, on whichever server. */
const endedCredential = (row: EventRow): string | null => {
  if (row.type !== "token_revoked" && row.type !== "person_signed_out") return null
  const { metadata } = JSON.parse(fromUtf8(row.body)) as { metadata?: { tokenId?: string; sessionId?: string } }
  return metadata?.tokenId ?? metadata?.sessionId ?? null
}
