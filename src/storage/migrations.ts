import { BOX_TABLES } from "./box-tables.ts"
import { ENVIRONMENT_TABLES } from "./environment-tables.ts"
import { REQUEST_TABLES } from "./request-tables.ts"
import { RUN_TABLES } from "./run-tables.ts"
import type { Engine } from "./sql.ts"

/** A step from one schema to the next. Published ones never change: what comes later is a new number. */
export interface Migration {
  number: number
  name: string
  /** DDL in the words of schema.ts, for both engines or for one. */
  statements: readonly (string | Partial<Record<Engine, string>>)[]
}

// Rows in SQLite lie in the order of their columns: what listings read stands before the value, and a rewrap, which
// changes nothing behind `wrap`, leaves the pages of `sealed` alone.
const TABLES = [
  `CREATE TABLE store (
    singleton {integer} NOT NULL PRIMARY KEY CHECK (singleton = 1),
    id {bytes} NOT NULL,
    created_at {integer} NOT NULL,
    generation {integer} NOT NULL,
    active_key_version {integer} NOT NULL,
    token_key {bytes},
    tag {bytes} NOT NULL
  ){table}`,
  `CREATE TABLE root_wraps (
    generation {integer} NOT NULL,
    key_version {integer} NOT NULL,
    wrap {bytes} NOT NULL,
    PRIMARY KEY (generation, key_version)
  ){keyedTable}`,
  `CREATE TABLE key_versions (
    version {integer} NOT NULL PRIMARY KEY,
    state {text} NOT NULL,
    created_at {integer} NOT NULL,
    retired_at {integer},
    tag {bytes} NOT NULL
  ){keyedTable}`,
  `CREATE TABLE secrets (
    id {bytes} NOT NULL PRIMARY KEY,
    namespace {text} NOT NULL,
    name {text} NOT NULL,
    number {integer} NOT NULL,
    version_id {bytes} NOT NULL,
    key_version {integer} NOT NULL,
    has_value {integer} NOT NULL,
    created_at {integer} NOT NULL,
    updated_at {integer} NOT NULL,
    expires_at {integer},
    tag {bytes} NOT NULL,
    metadata {text}
  ){table}`,
  `CREATE TABLE versions (
    secret_id {bytes} NOT NULL,
    number {integer} NOT NULL,
    id {bytes} NOT NULL,
    namespace {text} NOT NULL,
    key_version {integer} NOT NULL,
    has_value {integer} NOT NULL,
    created_at {integer} NOT NULL,
    created_by {text} NOT NULL,
    tag {bytes} NOT NULL,
    wrap {bytes} NOT NULL,
    sealed {bytes} NOT NULL,
    PRIMARY KEY (secret_id, number)
  ){table}`,
  { postgres: "ALTER TABLE versions ALTER COLUMN sealed SET STORAGE EXTERNAL" }, // ciphertext does not compress
  `CREATE TABLE secret_uses (
    secret_id {bytes} NOT NULL PRIMARY KEY,
    used_at {integer} NOT NULL
  ){keyedTable}`,
  `CREATE TABLE events (
    seq {eventNumber},
    created_at {integer} NOT NULL,
    type {text} NOT NULL,
    namespace {text},
    name {text},
    secret_id {bytes},
    principal_id {text} NOT NULL,
    body {bytes} NOT NULL
  ){table}`,
  { sqlite: "INSERT INTO sqlite_sequence (name, seq) VALUES ('events', 0)" }, // the row that raiseEventSeq raises
  `CREATE TABLE workspaces (
    id {text} NOT NULL PRIMARY KEY,
    created_at {integer} NOT NULL,
    created_by {text} NOT NULL
  ){keyedTable}`,
  `CREATE TABLE tokens (
    id {text} NOT NULL PRIMARY KEY,
    kind {text} NOT NULL,
    owner {text} NOT NULL,
    name {text} NOT NULL,
    hash {bytes} NOT NULL,
    grants {text} NOT NULL,
    created_at {integer} NOT NULL,
    created_by {text} NOT NULL,
    expires_at {integer},
    revoked_at {integer},
    last_used_at {integer},
    tag {bytes} NOT NULL
  ){keyedTable}`,
  `CREATE TABLE sessions (
    id {text} NOT NULL PRIMARY KEY,
    actor {text} NOT NULL,
    hash {bytes} NOT NULL,
    created_at {integer} NOT NULL,
    expires_at {integer} NOT NULL,
    tag {bytes} NOT NULL
  ){keyedTable}`,
  `CREATE TABLE links (
    id {text} NOT NULL PRIMARY KEY,
    actor {text} NOT NULL,
    hash {bytes} NOT NULL,
    created_at {integer} NOT NULL,
    expires_at {integer} NOT NULL,
    used_at {integer},
    attempts {integer} NOT NULL,
    tag {bytes} NOT NULL
  ){keyedTable}`,
  `CREATE TABLE leases (
    name {text} NOT NULL PRIMARY KEY,
    holder {text} NOT NULL,
    expires_at {integer} NOT NULL
  ){keyedTable}`,
  `CREATE TABLE progress (
    name {text} NOT NULL PRIMARY KEY,
    position {text} NOT NULL
  ){keyedTable}`,
] as const

const INDEXES = [
  "CREATE UNIQUE INDEX secrets_by_name ON secrets (namespace, name)",
  "CREATE INDEX secrets_by_id ON secrets (namespace, id)",
  "CREATE INDEX secrets_by_update ON secrets (namespace, updated_at, id)",
  "CREATE INDEX secrets_by_expiry ON secrets (namespace, expires_at, id) WHERE expires_at IS NOT NULL",
  "CREATE INDEX secrets_expiring ON secrets (expires_at, id) WHERE expires_at IS NOT NULL",
  "CREATE INDEX versions_by_key ON versions (key_version, namespace, secret_id)",
  "CREATE INDEX events_by_time ON events (created_at{thenSeq})",
  "CREATE INDEX events_of_store ON events (created_at{thenSeq}) WHERE namespace IS NULL",
  "CREATE INDEX events_by_namespace ON events (namespace, created_at{thenSeq})",
  "CREATE INDEX events_by_secret ON events (secret_id, created_at{thenSeq}) WHERE secret_id IS NOT NULL",
  "CREATE INDEX events_by_name ON events (namespace, name, created_at{thenSeq}) WHERE name IS NOT NULL",
  "CREATE INDEX events_by_type ON events (namespace, type, created_at{thenSeq})",
  "CREATE INDEX events_by_principal ON events (namespace, principal_id, created_at{thenSeq})",
  "CREATE INDEX sessions_by_expiry ON sessions (expires_at)",
  "CREATE INDEX links_by_expiry ON links (expires_at)",
] as const

/** Every step, oldest first; their numbers are 1, 2, 3 ... */
export const migrations: readonly Migration[] = [
  { number: 1, name: "first", statements: [...TABLES, ...INDEXES] },
  { number: 2, name: "requests and policies", statements: REQUEST_TABLES },
  { number: 3, name: "workflows", statements: RUN_TABLES },
  { number: 4, name: "environments", statements: ENVIRONMENT_TABLES },
  { number: 5, name: "boxes", statements: BOX_TABLES },
]
