/** What requests, policies and the rules for agents need: the second step of the schema. */
export const REQUEST_TABLES = [
  "ALTER TABLE secrets ADD COLUMN policy {text}",
  `CREATE TABLE requests (
    id {text} NOT NULL PRIMARY KEY,
    namespace {text} NOT NULL,
    kind {text} NOT NULL,
    state {text} NOT NULL,
    requester {text} NOT NULL,
    requester_id {text} NOT NULL,
    asked {text} NOT NULL,
    body {text} NOT NULL,
    open_key {text},
    created_at {integer} NOT NULL,
    expires_at {integer} NOT NULL,
    settled_at {integer},
    outcome {text},
    code_hash {bytes},
    form_hash {bytes},
    attempts {integer} NOT NULL,
    run_id {text},
    transition {text},
    tag {bytes} NOT NULL
  ){keyedTable}`,
  `CREATE TABLE agent_rules (
    namespace {text} NOT NULL PRIMARY KEY,
    rules {text} NOT NULL,
    updated_at {integer} NOT NULL,
    tag {bytes} NOT NULL
  ){keyedTable}`,
  "CREATE UNIQUE INDEX requests_open ON requests (open_key) WHERE open_key IS NOT NULL",
  "CREATE INDEX requests_by_asked ON requests (asked, namespace, created_at)",
  "CREATE INDEX requests_by_requester ON requests (requester_id, expires_at) WHERE open_key IS NOT NULL",
  "CREATE INDEX requests_by_namespace ON requests (namespace, id)",
  "CREATE INDEX requests_by_run ON requests (run_id) WHERE open_key IS NOT NULL",
  "CREATE INDEX requests_by_expiry ON requests (expires_at)",
] as const
