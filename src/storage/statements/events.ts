import { columns, insertInto, integer, perEngine, type SqlText, type StatementTable, text } from "../sql.ts"

const NEW_EVENT = ["createdAt", "type", "namespace", "name", "secretId", "principalId", "body"]
const EVENT = ["seq", ...NEW_EVENT]

const SELECT = `SELECT ${columns(EVENT)} FROM events`

// Written so that no engine takes a filter for the way into an index: `by…` and the order are that way.
const FILTERS = `AND (${text("name")} IS NULL OR name = :name) AND (${text("type")} IS NULL OR type = :type)
  AND (${text("principalId")} IS NULL OR principal_id = :principalId)`

const AFTER = integer("afterCreatedAt")
const SINCE = integer("since")
const UNTIL = integer("until")
const SEQ = integer("afterSeq")

// The cursor and the times bound the same column, and SQLite takes one bound of a side into an index: the tighter one.
const asc = (index: string, condition: string): SqlText =>
  perEngine(({ indexedBy }) => `${SELECT} ${indexedBy(index)} WHERE ${condition}
    AND (created_at, seq) > (CASE WHEN ${SINCE} > ${AFTER} THEN ${SINCE} ELSE ${AFTER} END,
      CASE WHEN ${SINCE} > ${AFTER} THEN 0 ELSE ${SEQ} END)
    AND created_at < ${UNTIL} ${FILTERS} ORDER BY created_at, seq LIMIT :limit`)

const desc = (index: string, condition: string): SqlText =>
  perEngine(({ indexedBy }) => `${SELECT} ${indexedBy(index)} WHERE ${condition}
    AND (created_at, seq) < (CASE WHEN ${UNTIL} <= ${AFTER} THEN ${UNTIL} ELSE ${AFTER} END,
      CASE WHEN ${UNTIL} <= ${AFTER} THEN 0 ELSE ${SEQ} END)
    AND created_at >= ${SINCE} ${FILTERS} ORDER BY created_at DESC, seq DESC LIMIT :limit`)

const BY_SECRET = ["events_by_secret", "secret_id = :secretId"] as const
const BY_NAMESPACE = ["events_by_namespace", "namespace = :namespace"] as const
const BY_NAME = ["events_by_name", "namespace = :namespace AND name = :byName"] as const
const BY_TYPE = ["events_by_type", "namespace = :namespace AND type = :byType"] as const
const BY_PRINCIPAL = ["events_by_principal", "namespace = :namespace AND principal_id = :byPrincipal"] as const
const OF_STORE = ["events_of_store", "namespace IS NULL"] as const

export const eventStatements = {
  // SQLite tells the number of a new row without making a row of it
  appendEvent: { sqlite: insertInto("events", NEW_EVENT), postgres: `${insertInto("events", NEW_EVENT)} RETURNING seq` },
  listEventsBySecretAsc: asc(...BY_SECRET),
  listEventsBySecretDesc: desc(...BY_SECRET),
  listEventsByNamespaceAsc: asc(...BY_NAMESPACE),
  listEventsByNamespaceDesc: desc(...BY_NAMESPACE),
  listEventsByNameAsc: asc(...BY_NAME),
  listEventsByNameDesc: desc(...BY_NAME),
  listEventsByTypeAsc: asc(...BY_TYPE),
  listEventsByTypeDesc: desc(...BY_TYPE),
  listEventsByPrincipalAsc: asc(...BY_PRINCIPAL),
  listEventsByPrincipalDesc: desc(...BY_PRINCIPAL),
  listStoreEventsAsc: asc(...OF_STORE),
  listStoreEventsDesc: desc(...OF_STORE),
  countEvents: `SELECT count(*) AS count FROM events
    WHERE namespace = :namespace AND type = :type AND created_at >= :since AND created_at < :until`,
  listEventsAfter: `${SELECT} WHERE seq > :seq ORDER BY seq LIMIT :limit`,
  listEventsBetween: `${SELECT} WHERE seq >= :from AND seq <= :to ORDER BY seq`,
  deleteEventsBefore: `DELETE FROM events WHERE seq IN
    (SELECT seq FROM events WHERE created_at < :cutoff ORDER BY created_at, seq LIMIT :limit)`,
  lastEventSeq: {
    sqlite: "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0) AS seq",
    postgres: "SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS seq FROM events_seq_seq",
  },
  lastCommittedSeq: "SELECT coalesce(max(seq), 0) AS seq FROM events",
  insertEvent: insertInto("events", EVENT),
  raiseEventSeq: {
    sqlite: "UPDATE sqlite_sequence SET seq = :seq WHERE name = 'events' AND seq < :seq",
    postgres: `SELECT setval('events_seq_seq', ${integer("seq")}) FROM events_seq_seq
      WHERE ${integer("seq")} > CASE WHEN is_called THEN last_value ELSE 0 END`,
  },
} satisfies Partial<StatementTable>
