import { assignments, columns, insertInto, locking, type StatementTable } from "../sql.ts"

const STORE = ["id", "createdAt", "generation", "activeKeyVersion", "tokenKey", "tag"]
const ROOT_WRAP = ["generation", "keyVersion", "wrap"]
const KEY_VERSION = ["version", "state", "createdAt", "retiredAt", "tag"]

const readStore = `SELECT ${columns(STORE)} FROM store WHERE singleton = 1`

export const storeStatements = {
  readStore,
  shareStore: locking(readStore, "FOR SHARE"),
  lockStore: locking(readStore, "FOR UPDATE"),
  insertStore: `INSERT INTO store (singleton, id, created_at, generation, active_key_version, token_key, tag)
    VALUES (1, :id, :createdAt, :generation, :activeKeyVersion, :tokenKey, :tag) ON CONFLICT (singleton) DO NOTHING`,
  updateStore: `UPDATE store SET ${assignments(["generation", "activeKeyVersion", "tokenKey", "tag"])} WHERE singleton = 1`,
  listRootWraps: `SELECT ${columns(ROOT_WRAP)} FROM root_wraps ORDER BY generation, key_version`,
  insertRootWrap: `${insertInto("root_wraps", ROOT_WRAP)} ON CONFLICT (generation, key_version) DO NOTHING`,
  deleteRootWrapsOfKey: "DELETE FROM root_wraps WHERE key_version = :keyVersion",
  deleteRootWrapsBelow: "DELETE FROM root_wraps WHERE generation < :generation",
  listKeyVersions: `SELECT ${columns(KEY_VERSION)} FROM key_versions ORDER BY version`,
  insertKeyVersion: `${insertInto("key_versions", KEY_VERSION)} ON CONFLICT (version) DO NOTHING`,
  updateKeyVersion: `UPDATE key_versions SET ${assignments(["state", "retiredAt", "tag"])} WHERE version = :version`,
  countVersionsByKey: `SELECT key_version AS "keyVersion", namespace, count(*) AS count FROM versions
    GROUP BY key_version, namespace ORDER BY key_version, namespace`,
  countVersionsOfKey: "SELECT count(*) AS count FROM versions WHERE key_version = :keyVersion",
} satisfies Partial<StatementTable>
