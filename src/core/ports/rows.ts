/**
 * Rows as the statements of `storage` take and give them. Ids are 16 bytes; times are milliseconds since 1970; flags are 0
 * or 1; a column that may be empty is `null`, never absent. Which columns a tag covers stands in docs/format.md.
 */

/** The one row that says which store this is. */
export interface StoreRow {
  id: Uint8Array
  createdAt: number
  /** Counts the roots that this store has had: `reencrypt` makes a new one. */
  generation: number
  /** Writes commit only under this key version. */
  activeKeyVersion: number
  /** The token key of an earlier generation, wrapped under the present root; null while the root's own serves. */
  tokenKey: Uint8Array | null
  tag: Uint8Array
}

export interface RootWrapRow {
  generation: number
  keyVersion: number
  wrap: Uint8Array
}

export interface KeyVersionRow {
  version: number
  state: "enabled" | "retired"
  createdAt: number
  retiredAt: number | null
  tag: Uint8Array
}

export interface SecretRow {
  id: Uint8Array
  namespace: string
  name: string
  /** Number and id of the current version. */
  number: number
  versionId: Uint8Array
  /** Key version of the current version's wrap. */
  keyVersion: number
  /** 0 when the current value is the empty string. */
  hasValue: number
  createdAt: number
  updatedAt: number
  expiresAt: number | null
  /** JSON text of an object. */
  metadata: string | null
  /** JSON text of what agents may do with it; null for nothing. */
  policy: string | null
  tag: Uint8Array
}

/** A version without its cryptographic parts: what histories read. */
export interface VersionHead {
  secretId: Uint8Array
  number: number
  id: Uint8Array
  namespace: string
  keyVersion: number
  hasValue: number
  createdAt: number
  /** Canonical JSON of the principal. */
  createdBy: string
  tag: Uint8Array
}

export interface VersionWrapRow extends VersionHead {
  wrap: Uint8Array
}

export interface VersionRow extends VersionWrapRow {
  sealed: Uint8Array
}

/** A secret beside its current version: all that `get` reads, in one row. */
export interface CurrentRow extends SecretRow {
  versionCreatedAt: number
  versionCreatedBy: string
  versionTag: Uint8Array
  wrap: Uint8Array
  sealed: Uint8Array
  /** The version row's own columns that the secret's row repeats; both are checked. */
  versionKeyVersion: number
  versionRowId: Uint8Array
  versionNamespace: string
  versionHasValue: number
  /** The highest number of the secret's versions: a row put back to an older state points below it. */
  latestNumber: number
}

export interface NewEventRow {
  createdAt: number
  type: string
  /** null for events of the store itself. */
  namespace: string | null
  name: string | null
  secretId: Uint8Array | null
  principalId: string
  /** RFC 8785 bytes of the whole event. */
  body: Uint8Array
}

export interface EventRow extends NewEventRow {
  /** Strictly increasing; never used twice, also after clean-ups. */
  seq: number
}

export interface WorkspaceRow {
  id: string
  createdAt: number
  createdBy: string
}

export interface TokenRow {
  id: string
  kind: "person" | "agent" | "service"
  owner: string
  name: string
  /** HMAC of the token's secret part. */
  hash: Uint8Array
  /** Canonical JSON of the grants. */
  grants: string
  createdAt: number
  createdBy: string
  expiresAt: number | null
  revokedAt: number | null
  lastUsedAt: number | null
  tag: Uint8Array
}

export interface SessionRow {
  id: string
  /** Canonical JSON of principal and grants. */
  actor: string
  hash: Uint8Array
  createdAt: number
  expiresAt: number
  tag: Uint8Array
}

/** A question to a person. */
export interface RequestRow {
  id: string
  namespace: string
  kind: "values" | "approve"
  state: "open" | "answered" | "declined" | "cancelled" | "expired"
  /** Canonical JSON of the principal that asks. */
  requester: string
  requesterId: string
  /** Id of the person who is asked. */
  asked: string
  /** JSON text: what is asked for, and why. */
  body: string
  /** The same for the same question of the same caller; null once the request is settled. */
  openKey: string | null
  createdAt: number
  expiresAt: number
  settledAt: number | null
  /** JSON text: what was stored, kept and skipped; null before. */
  outcome: string | null
  /** MAC of the pairing code; null where there is none, or it was used. */
  codeHash: Uint8Array | null
  /** MAC of both halves of the browser that the code let in. */
  formHash: Uint8Array | null
  /** Wrong codes so far. */
  attempts: number
  /** The waiting run of a workflow that the answer resumes, and its transition; null for none. */
  runId: string | null
  transition: string | null
  tag: Uint8Array
}

/** A workflow on its way. */
export interface RunRow {
  id: string
  namespace: string
  /** Canonical JSON of who started it, with what they may do. */
  actor: string
  actorId: string
  name: string
  place: string
  status: "pending" | "waiting" | "completed" | "failed" | "cancelled"
  /** JSON texts. */
  args: string
  state: string
  result: string | null
  error: string | null
  /** The run that started this one, and the transition of it that hears of the end. */
  parentId: string | null
  callback: string | null
  callbackMeta: string | null
  /** Counts the transitions: nobody commits on top of what they have not seen. */
  version: number
  /** Whether there may be something to do. */
  isReady: number
  claimedBy: string | null
  claimedUntil: number | null
  /** When a wait is over. */
  dueAt: number | null
  createdAt: number
  updatedAt: number
  tag: Uint8Array
}

/** What a workflow shows to people. */
export interface RunDocumentRow {
  id: string
  runId: string
  number: number
  name: string
  key: string
  place: string
  transition: string
  /** JSON text. */
  content: string
  /** 0 once another took its place. */
  isCurrent: number
  createdAt: number
}

/** What a run is to hear: an answer, an end of another run. */
export interface RunMessageRow {
  id: string
  runId: string
  transition: string
  /** JSON text. */
  input: string
  createdAt: number
  tag: Uint8Array
}

/** A sandbox as the workspace knows it that delivers to it. */
export interface EnvironmentRow {
  /** Also the sandbox's. */
  id: string
  namespace: string
  name: string
  /** Where the sandbox listens; null where it calls in. */
  address: string | null
  /** 1 where the address may be one of a private network. */
  allowsPrivate: number
  /** JSON array of key patterns: what of the workspace may go there, where a secret's policy says so too. */
  keys: string
  restart: "auto" | "never"
  /** The sandbox's X25519 and Ed25519 keys; null until it is enrolled. */
  sealingKey: Uint8Array | null
  signingKey: Uint8Array | null
  /** JSON text: how it writes, and its lease. */
  facts: string | null
  /** JSON text: the enrolment token that still counts. */
  enrolment: string | null
  /** Of the last statement to it. */
  generation: number
  /** JSON texts: what stands there, what was sent and not answered, what the last delivery did. */
  applied: string
  sent: string | null
  result: string | null
  /** Why the last attempt failed: a code. */
  error: string | null
  /** 1 while something that stands there should not. */
  isRevoking: number
  /** The last authentic word from it. */
  contactAt: number | null
  /** Since when it is to go. */
  removedAt: number | null
  createdAt: number
  createdBy: string
  updatedAt: number
  tag: Uint8Array
  /** When to do what: grants nothing, and is under no tag. */
  attempts: number
  dueAt: number | null
  claimedBy: string | null
  claimedUntil: number | null
}

/** What a workspace says to requests of agents. */
export interface AgentRulesRow {
  namespace: string
  /** JSON text. */
  rules: string
  updatedAt: number
  tag: Uint8Array
}

export interface LinkRow {
  id: string
  actor: string
  hash: Uint8Array
  createdAt: number
  expiresAt: number
  usedAt: number | null
  attempts: number
  tag: Uint8Array
}
