import { insertInto, locking, type StatementTable } from "../sql.ts"

export const upkeepStatements = {
  takeLease: `${insertInto("leases", ["name", "holder", "expiresAt"])} ON CONFLICT (name) DO UPDATE
    SET holder = excluded.holder, expires_at = excluded.expires_at
    WHERE leases.holder = excluded.holder OR leases.expires_at <= :now`,
  releaseLease: "DELETE FROM leases WHERE name = :name AND holder = :holder",
  lockProgress: locking("SELECT name, position FROM progress WHERE name = :name", "FOR UPDATE"),
  putProgress: `${insertInto("progress", ["name", "position"])} ON CONFLICT (name) DO UPDATE SET position = excluded.position`,
  deleteProgress: "DELETE FROM progress WHERE name = :name",
} satisfies Partial<StatementTable>
