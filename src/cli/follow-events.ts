import { setTimeout as wait } from "node:timers/promises"
import type { AuditEvent } from "../core/event.ts"
import type { Backend, EventQuery } from "./backend.ts"

const EVERY_MS = 500
const PAGE = 200
/** Clocks of several writers differ, and a transaction commits after its events got their time. */
const OVERLAP_MS = 10_000

interface FollowOptions {
  signal: AbortSignal
  onEvent: (event: AuditEvent) => void
}

/** Tells of the events of the query, and then of each new one, oldest first, each once, until the signal. */
export const followEvents = async (
  backend: Pick<Backend, "events">,
  query: Omit<EventQuery, "limit" | "cursor">,
  { signal, onEvent }: FollowOptions,
): Promise<void> => {
  let after = query.after ?? Date.now()
  const told = new Map<string, number>()
  while (!signal.aborted) {
    for (const event of await readFrom(backend, { ...query, after })) {
      if (told.has(event.eventId)) continue
      told.set(event.eventId, event.createdAt)
      onEvent(event)
    }
    const newest = Math.max(after, ...told.values())
    after = Math.max(after, newest - OVERLAP_MS)
    for (const [id, at] of told) if (at < after) told.delete(id)
    await wait(EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}

const readFrom = async (backend: Pick<Backend, "events">, query: Omit<EventQuery, "limit" | "cursor">): Promise<AuditEvent[]> => {
  const found: AuditEvent[] = []
  for (let cursor: string | null = null; ; ) {
    const { page, isDone, continueCursor } = await backend.events({ ...query, limit: PAGE, cursor })
    found.push(...page)
    if (isDone) return found.toReversed()
    cursor = continueCursor
  }
}
