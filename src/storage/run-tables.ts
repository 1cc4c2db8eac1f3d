/**
 * What workflows need: the third step of the schema. `wake_at` is worked out by the engine from what a run waits for: at once
 * where it is ready, when its worker must have died where it is claimed, at its deadline else, and never where there is none.
 */
export const RUN_TABLES = [
  `CREATE TABLE runs (
    id {text} NOT NULL PRIMARY KEY,
    namespace {text} NOT NULL,
    actor {text} NOT NULL,
    actor_id {text} NOT NULL,
    name {text} NOT NULL,
    place {text} NOT NULL,
    status {text} NOT NULL,
    args {text} NOT NULL,
    state {text} NOT NULL,
    result {text},
    error {text},
    parent_id {text},
    callback {text},
    callback_meta {text},
    version {integer} NOT NULL,
    is_ready {integer} NOT NULL,
    claimed_by {text},
    claimed_until {integer},
    due_at {integer},
    created_at {integer} NOT NULL,
    updated_at {integer} NOT NULL,
    tag {bytes} NOT NULL,
    wake_at {integer} GENERATED ALWAYS AS (CASE WHEN is_ready = 1 THEN coalesce(claimed_until, 0) ELSE due_at END) STORED
  ){table}`,
  `CREATE TABLE run_documents (
    id {text} NOT NULL PRIMARY KEY,
    run_id {text} NOT NULL,
    number {integer} NOT NULL,
    name {text} NOT NULL,
    key {text} NOT NULL,
    place {text} NOT NULL,
    transition {text} NOT NULL,
    content {text} NOT NULL,
    is_current {integer} NOT NULL,
    created_at {integer} NOT NULL
  ){table}`,
  `CREATE TABLE run_messages (
    id {text} NOT NULL PRIMARY KEY,
    run_id {text} NOT NULL,
    transition {text} NOT NULL,
    input {text} NOT NULL,
    created_at {integer} NOT NULL,
    tag {bytes} NOT NULL
  ){keyedTable}`,
  "CREATE INDEX runs_by_wake ON runs (wake_at) WHERE wake_at IS NOT NULL",
  "CREATE INDEX runs_by_parent ON runs (parent_id, id) WHERE parent_id IS NOT NULL",
  "CREATE INDEX documents_by_run ON run_documents (run_id, number)",
  "CREATE INDEX messages_by_run ON run_messages (run_id, created_at, id)",
] as const
