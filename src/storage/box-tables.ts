/**
 * What boxes need: the fifth step of the schema. A space is a box itself (its `sender` is empty) or what one sender may write into
 * it. The secrets of a space lie among all others, in a namespace that no workspace can have.
 */
export const BOX_TABLES = [
  `CREATE TABLE box_spaces (
    id {text} NOT NULL PRIMARY KEY,
    box {bytes} NOT NULL,
    sender {bytes} NOT NULL,
    facts {text} NOT NULL,
    closes_at {integer},
    created_at {integer} NOT NULL,
    tag {bytes} NOT NULL
  ){table}`,
  "CREATE UNIQUE INDEX box_spaces_by_box ON box_spaces (box, sender)",
  "CREATE INDEX box_spaces_closing ON box_spaces (closes_at, id) WHERE closes_at IS NOT NULL",
  `CREATE TABLE box_leftovers (
    id {text} NOT NULL PRIMARY KEY
  ){keyedTable}`,
  `CREATE TABLE box_codes (
    hash {bytes} NOT NULL PRIMARY KEY,
    action {text} NOT NULL,
    creator {bytes} NOT NULL,
    created_at {integer} NOT NULL,
    expires_at {integer} NOT NULL,
    tag {bytes} NOT NULL
  ){keyedTable}`,
  "CREATE INDEX box_codes_by_creator ON box_codes (creator)",
  "CREATE INDEX box_codes_by_expiry ON box_codes (expires_at)",
  `CREATE TABLE box_signatures (
    expires_at {integer} NOT NULL,
    hash {bytes} NOT NULL,
    PRIMARY KEY (expires_at, hash)
  ){keyedTable}`,
] as const
