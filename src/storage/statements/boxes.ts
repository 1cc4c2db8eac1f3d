import { assignments, columns, insertInto, locking, type StatementTable } from "../sql.ts"
import { current } from "./secrets.ts"

const SPACE = ["id", "box", "sender", "facts", "closesAt", "createdAt", "tag"]
const CODE = ["hash", "action", "creator", "createdAt", "expiresAt", "tag"]

const space = (condition: string): string => `SELECT ${columns(SPACE)} FROM box_spaces WHERE ${condition}`

const CODE_BY_HASH = `SELECT ${columns(CODE)} FROM box_codes WHERE hash = :hash`

/** At most so many, that lie ready in an index. */
const atMost = (table: string, condition: string): string =>
  `SELECT count(*) AS count FROM (SELECT 1 FROM ${table} WHERE ${condition} LIMIT :limit) AS found`

export const boxStatements = {
  findBoxSpace: space("box = :box AND sender = :sender"),
  shareBoxSpace: locking(space("box = :box AND sender = :sender"), "FOR SHARE"),
  lockBoxSpace: locking(space("box = :box AND sender = :sender"), "FOR UPDATE"),
  listBoxSpaces: `${space("box = :box")} ORDER BY sender`,
  listClosedBoxSpaces: `${space("closes_at <= :now AND (closes_at, id) > (:afterClosesAt, :afterId)")} ORDER BY closes_at, id LIMIT :limit`,
  listAllBoxSpaces: `${space("id > :afterId")} ORDER BY id LIMIT :limit`,
  countBoxSenders: atMost("box_spaces", "box = :box AND (closes_at IS NULL OR closes_at > :now)"),
  insertBoxSpace: `${insertInto("box_spaces", SPACE)} ON CONFLICT DO NOTHING`,
  updateBoxSpace: `UPDATE box_spaces SET ${assignments(["facts", "closesAt", "tag"])} WHERE id = :id`,
  deleteBoxSpace: "DELETE FROM box_spaces WHERE id = :id",
  listBoxSecrets: `${current("s.namespace = :namespace AND s.name > :afterName")} ORDER BY s.name LIMIT :limit`,
  countBoxSecrets: atMost("secrets", "namespace = :namespace"),
  insertBoxLeftover: `${insertInto("box_leftovers", ["id"])} ON CONFLICT DO NOTHING`,
  listBoxLeftovers: "SELECT id FROM box_leftovers ORDER BY id LIMIT :limit",
  deleteBoxLeftover: "DELETE FROM box_leftovers WHERE id = :id",
  insertBoxCode: insertInto("box_codes", CODE),
  findBoxCode: CODE_BY_HASH,
  lockBoxCode: locking(CODE_BY_HASH, "FOR UPDATE"),
  listBoxCodes: `SELECT ${columns(CODE)} FROM box_codes`,
  countBoxCodes: atMost("box_codes", "creator = :creator AND expires_at > :now"),
  updateBoxCode: "UPDATE box_codes SET tag = :tag WHERE hash = :hash",
  deleteBoxCode: "DELETE FROM box_codes WHERE hash = :hash",
  deleteBoxCodesBefore: "DELETE FROM box_codes WHERE expires_at <= :now",
  insertBoxSignature: `${insertInto("box_signatures", ["expiresAt", "hash"])} ON CONFLICT DO NOTHING`,
  deleteBoxSignaturesBefore: "DELETE FROM box_signatures WHERE expires_at <= :now",
} satisfies Partial<StatementTable>
