import { SecretError } from "../../base/errors.ts"
import type { AuditEvent, EventType } from "../../core/event.ts"
import { DEFAULT_NAMESPACE } from "../../core/limits.ts"
import type { Backend, EventQuery } from "../backend.ts"
import type { Call } from "../command.ts"
import { EXIT_CODES } from "../exit-codes.ts"
import { parseTime } from "../duration.ts"
import { followEvents } from "../follow-events.ts"
import { withBackend } from "../open-backend.ts"
import { table, time } from "../table.ts"
import { workspaceOf } from "../workspace.ts"

const PAGE_MAX = 1_000

export const events = async (call: Call): Promise<number | void> => {
  const { options, screen } = call
  const query = await queryOf(call)
  const limit = options.whole("limit", { min: 1 }) ?? 50
  if (options.flag("follow")) return follow(call, query)
  const found = await withBackend(call, (backend) => newest(backend, query, limit))
  const shown = found.map((event) => withWorkspace(event, query))
  if (shown.length > 0 || screen.isJson) screen.show(shown, () => table(HEADINGS, shown.map(row)))
  else screen.note("No events")
}

type Filters = Omit<EventQuery, "limit" | "cursor">

const queryOf = async (call: Call): Promise<Filters> => {
  const { options } = call
  const isOfStore = options.flag("store")
  if (isOfStore && options.text("workspace") !== undefined)
    throw new SecretError("invalid_argument", "--store and --workspace exclude each other")
  const now = Date.now()
  const optional = <Key extends string, Value>(key: Key, value: Value | undefined) => (value === undefined ? {} : { [key]: value })
  const after = options.text("after")
  const before = options.text("before")
  return {
    workspace: isOfStore ? null : await workspaceOf(call),
    ...optional("type", options.text("type") as EventType | undefined), // checked where it is asked
    ...optional("name", options.text("name")),
    ...optional("principal", options.text("principal")),
    ...optional("after", after && parseTime("--after", after, now)),
    ...optional("before", before && parseTime("--before", before, now)),
  }
}

const newest = async (backend: Backend, query: Filters, wanted: number): Promise<AuditEvent[]> => {
  const found: AuditEvent[] = []
  for (let cursor: string | null = null; ; ) {
    const { page, isDone, continueCursor } = await backend.events({ ...query, cursor, limit: Math.min(wanted - found.length, PAGE_MAX) })
    found.push(...page)
    if (isDone || found.length >= wanted) return found
    cursor = continueCursor
  }
}

type ShownEvent = Omit<AuditEvent, "namespace"> & { workspace?: string }

const withWorkspace = ({ namespace, ...event }: AuditEvent, { workspace }: Filters): ShownEvent =>
  workspace === null ? event : { ...event, workspace: namespace ?? DEFAULT_NAMESPACE }

const HEADINGS = ["TIME", "TYPE", "NAME", "VERSION", "BY"]

const row = (event: ShownEvent): string[] => [
  time(event.createdAt),
  event.type,
  event.name ?? environmentOf(event) ?? "-",
  event.version === undefined ? "-" : String(event.version),
  `${event.principal.name} (${event.principal.kind})`,
]

const environmentOf = ({ metadata }: ShownEvent): string | null => {
  const name = metadata?.environment
  return typeof name === "string" ? name : null
}

/** One event a line: JSON lines with --json. */
const follow = async (call: Call, query: Filters): Promise<number> => {
  const stopping = new AbortController()
  call.onInterrupt(() => stopping.abort())
  await withBackend(call, (backend) =>
    followEvents(backend, query, {
      signal: stopping.signal,
      onEvent: (event) => {
        const shown = withWorkspace(event, query)
        call.screen.write(`${call.screen.isJson ? JSON.stringify(shown) : row(shown).join("  ")}\n`)
      },
    }),
  )
  return EXIT_CODES.aborted
}
