import { canonicalJson, type JsonValue } from "../base/canonical-json.ts"
import { utf8, fromUtf8 } from "../base/bytes.ts"
import { uuidToText } from "../base/uuid.ts"
import type { EventRow, NewEventRow, SecretRow } from "./ports/rows.ts"
import { isBoxNamespace } from "./boxes/namespace.ts"
import type { Principal } from "./principal.ts"
import { DEFAULT_NAMESPACE } from "./limits.ts"
import type { EVENT_TYPES } from "./shapes.ts"

export type EventType = (typeof EVENT_TYPES)[number]

/** What an event says, before it is laid down as canonical bytes. Never a value. */
export interface NewEvent {
  type: EventType
  at: number
  principal: Principal
  namespace?: string
  name?: string
  secretId?: Uint8Array
  version?: number
  metadata?: Record<string, unknown>
}

/** What happened to one secret, as its row stands then. What a box holds lies in no workspace: it stands in the store's own log. */
export const secretEvent = (
  row: Pick<SecretRow, "id" | "namespace" | "name" | "number">,
  event: Pick<NewEvent, "type" | "at" | "principal" | "metadata">,
): NewEvent => {
  if (isBoxNamespace(row.namespace)) return { ...event, metadata: { ...event.metadata, isBoxSecret: true } }
  return { ...event, namespace: row.namespace, name: row.name, secretId: row.id, version: row.number }
}

/** The row of an event: columns for finding it, RFC 8785 bytes for proving it. */
export const eventRow = (event: NewEvent): NewEventRow => ({
  createdAt: event.at,
  type: event.type,
  namespace: event.namespace ?? null,
  name: event.name ?? null,
  secretId: event.secretId ?? null,
  principalId: event.principal.id,
  body: utf8(canonicalJson(eventBody(event))),
})

/** Members in the order in which RFC 8785 prints them: so nothing is left to sort. */
const eventBody = ({ at, metadata, name, namespace, principal, secretId, type, version }: NewEvent): JsonValue => {
  const body: Record<string, JsonValue> = { at }
  if (metadata !== undefined) body.metadata = metadata as JsonValue
  if (name !== undefined) body.name = name
  if (namespace !== undefined) body.namespace = namespace
  body.principal = principalBody(principal)
  if (secretId !== undefined) body.secretId = uuidToText(secretId)
  body.type = type
  if (version !== undefined) body.version = version
  return body
}

/** A principal as it is laid down: its three facts and nothing that an embedding program may have added. */
export const principalBody = ({ id, kind, name }: Principal): { id: string; kind: string; name: string } => ({ id, kind, name })

/** One entry of the audit log as callers see it. Absent, not undefined. */
export interface AuditEvent {
  eventId: string
  type: EventType
  createdAt: number
  principal: Principal
  namespace?: string
  name?: string
  secretId?: string
  version?: number
  metadata?: Record<string, unknown>
}

export const readEvent = (row: EventRow): AuditEvent => {
  const { at, namespace, ...body } = JSON.parse(fromUtf8(row.body)) as Omit<AuditEvent, "eventId" | "createdAt"> & { at: number }
  return {
    eventId: String(row.seq),
    createdAt: at,
    ...body,
    ...(namespace !== undefined && namespace !== DEFAULT_NAMESPACE && { namespace }),
  }
}
