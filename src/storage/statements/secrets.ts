import {
  assignments,
  columns,
  type Dialect,
  idGiven, insertInto,
  integer,
  locking,
  perEngine,
  type SqlText,
  type StatementTable,
  text,
} from "../sql.ts"

const CHANGING = ["number", "versionId", "keyVersion", "hasValue", "updatedAt", "expiresAt", "metadata", "policy", "tag"]
export const SECRET = ["id", "namespace", "name", "createdAt", ...CHANGING]

const find = (condition: string): string => `SELECT ${columns(SECRET)} FROM secrets WHERE ${condition}`

const findByName = find("namespace = :namespace AND name = :name")
const findById = find("id = :id")

const findByIds = (dialect: Dialect): string => `${find(idGiven("id", dialect))} ORDER BY id`

export const current = (condition: string): string =>
  `SELECT ${columns(SECRET, "s")}, v.created_at AS "versionCreatedAt", v.created_by AS "versionCreatedBy",
    v.tag AS "versionTag", v.wrap, v.sealed, v.key_version AS "versionKeyVersion", v.id AS "versionRowId",
    v.namespace AS "versionNamespace", v.has_value AS "versionHasValue",
    (SELECT max(l.number) FROM versions l WHERE l.secret_id = s.id) AS "latestNumber"
  FROM secrets s JOIN versions v ON v.secret_id = s.id AND v.number = s.number WHERE ${condition}`

// A sub-select rather than a join: no planner can turn it into a scan of every use.
const listed = (index: string): string => `SELECT ${columns(SECRET, "s")},
    (SELECT u.used_at FROM secret_uses u WHERE u.secret_id = s.id) AS "lastUsedAt"
  FROM secrets s ${index} WHERE s.namespace = :namespace`

// Filters are written so that no engine takes them for the way into an index: the order of the listing is that way.
const NAME_FILTER = `AND (${text("nameFrom")} IS NULL OR s.name >= :nameFrom)
  AND (${text("nameTo")} IS NULL OR s.name < :nameTo)`
const KEY_FILTER = `AND (${integer("keyVersion")} IS NULL OR s.key_version = :keyVersion)`
const EXPIRY_FILTER = `AND (${integer("expiresMax")} IS NULL OR s.expires_at <= :expiresMax)
  AND (${integer("expiresMin")} IS NULL OR s.expires_at IS NULL OR s.expires_at > :expiresMin)`

const byUpdated = (compare: "<" | ">", order: "ASC" | "DESC"): SqlText =>
  perEngine(
    ({ indexedBy }) => `${listed(indexedBy("secrets_by_update"))}
    AND (s.updated_at, s.id) ${compare} (:afterSort, :afterId) ${NAME_FILTER} ${EXPIRY_FILTER} ${KEY_FILTER}
  ORDER BY s.updated_at ${order}, s.id ${order} LIMIT :limit`,
  )

// SQLite takes one lower and one upper bound into an index, so the tighter one is worked out first; PostgreSQL takes all.
// Names are unique in a namespace: the id adds nothing to the order.
const byNameAsc = ({ engine, indexedBy, lastText }: Dialect): string => {
  const behind =
    engine === "sqlite"
      ? "s.name >= max(coalesce(:nameFrom, ''), :afterSort) AND s.name <> :afterSort"
      : "s.name >= coalesce(:nameFrom, '') AND s.name > :afterSort"
  return `${listed(indexedBy("secrets_by_name"))} AND ${behind} AND s.name < coalesce(:nameTo, ${lastText}) ${EXPIRY_FILTER} ${KEY_FILTER}
    ORDER BY s.name LIMIT :limit`
}

const byNameDesc = ({ engine, indexedBy }: Dialect): string => {
  const before =
    engine === "sqlite"
      ? "s.name < min(coalesce(:nameTo, :afterSort), :afterSort)"
      : "s.name < coalesce(:nameTo, :afterSort) AND s.name < :afterSort"
  return `${listed(indexedBy("secrets_by_name"))} AND ${before} AND s.name >= coalesce(:nameFrom, '')
    ${EXPIRY_FILTER} ${KEY_FILTER} ORDER BY s.name DESC LIMIT :limit`
}

const LAST_TIME = "9223372036854775807"
const MIN = integer("expiresMin")
const MAX = integer("expiresMax")
const AFTER = integer("afterSort")

// The cursor and the filter bound the same column: whichever is tighter leads into the index.
const byExpiryAsc = ({ indexedBy, noBytes }: Dialect): string =>
  `${listed(indexedBy("secrets_by_expiry"))} AND s.expires_at IS NOT NULL
    AND (s.expires_at, s.id) > (CASE WHEN ${MIN} >= ${AFTER} THEN ${MIN} + 1 ELSE ${AFTER} END,
      CASE WHEN ${MIN} >= ${AFTER} THEN ${noBytes} ELSE :afterId END)
    AND s.expires_at <= coalesce(${MAX}, ${LAST_TIME}) ${NAME_FILTER} ${KEY_FILTER}
  ORDER BY s.expires_at, s.id LIMIT :limit`

const byExpiryDesc = ({ indexedBy, noBytes }: Dialect): string =>
  `${listed(indexedBy("secrets_by_expiry"))} AND s.expires_at IS NOT NULL
    AND (s.expires_at, s.id) < (CASE WHEN ${MAX} < ${AFTER} THEN ${MAX} + 1 ELSE ${AFTER} END,
      CASE WHEN ${MAX} < ${AFTER} THEN ${noBytes} ELSE :afterId END)
    AND s.expires_at > coalesce(${MIN}, -${LAST_TIME}) ${NAME_FILTER} ${KEY_FILTER}
  ORDER BY s.expires_at DESC, s.id DESC LIMIT :limit`

const namesGiven = ({ engine }: Dialect): string =>
  engine === "sqlite"
    ? "s.name IN (SELECT value FROM json_each(:names))"
    : "s.name = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST(:names AS jsonb))))"

export const secretStatements = {
  findSecret: findByName,
  findSecretById: findById,
  lockSecret: locking(findByName, "FOR UPDATE"),
  lockSecretById: locking(findById, "FOR UPDATE"),
  lockSecretsById: perEngine((dialect) => (dialect.engine === "sqlite" ? findByIds(dialect) : `${findByIds(dialect)} FOR UPDATE`)),
  listSecretsById: perEngine(findByIds),
  findCurrent: current("s.namespace = :namespace AND s.name = :name"),
  findCurrents: perEngine((dialect) => current(`s.namespace = :namespace AND ${namesGiven(dialect)}`)),
  insertSecret: `${insertInto("secrets", SECRET)} ON CONFLICT (namespace, name) DO NOTHING`,
  updateSecret: `UPDATE secrets SET ${assignments(CHANGING)} WHERE id = :id`,
  moveSecret: `UPDATE secrets SET ${assignments(["keyVersion", "tag"])} WHERE id = :id AND tag = :oldTag`,
  deleteSecret: "DELETE FROM secrets WHERE id = :id",
  listByUpdatedAsc: byUpdated(">", "ASC"),
  listByUpdatedDesc: byUpdated("<", "DESC"),
  listByNameAsc: perEngine(byNameAsc),
  listByNameDesc: perEngine(byNameDesc),
  listByExpiryAsc: perEngine(byExpiryAsc),
  listByExpiryDesc: perEngine(byExpiryDesc),
  countByNamespace: "SELECT namespace, count(*) AS count FROM secrets GROUP BY namespace ORDER BY namespace",
  lockExpired: locking(
    `${find("expires_at < :cutoff AND (expires_at, id) > (:afterExpiresAt, :afterId)")} ORDER BY expires_at, id LIMIT :limit`,
    "FOR UPDATE SKIP LOCKED",
  ),
  listNamespaceSecrets: `${find("namespace = :namespace")} ORDER BY id LIMIT :limit`,
  touchSecret: `${insertInto("secret_uses", ["secretId", "usedAt"])} ON CONFLICT (secret_id) DO UPDATE
    SET used_at = excluded.used_at WHERE excluded.used_at > secret_uses.used_at`,
  deleteUse: "DELETE FROM secret_uses WHERE secret_id = :secretId",
} satisfies Partial<StatementTable>
