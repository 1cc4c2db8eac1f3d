import type {
  AgentRulesRow, CurrentRow, EnvironmentRow, EventRow, KeyVersionRow, LinkRow, NewEventRow, RequestRow, RunDocumentRow, RunMessageRow, RunRow, RootWrapRow,
  SecretRow, SessionRow, StoreRow, TokenRow, VersionHead, VersionRow, VersionWrapRow, WorkspaceRow,
} from "./rows.ts"
import type { BoxStatements } from "./box-statements.ts"
import type { Statement } from "./statement.ts"

type None = Record<never, never>

/** A page of a listing goes on strictly behind (`afterSort`, `afterId`) in the order of the listing. */
interface SecretsPage<Sort> {
  namespace: string
  afterSort: Sort
  afterId: Uint8Array
  /** Names from here (inclusive) to there (exclusive); null for no bound. */
  nameFrom: string | null
  nameTo: string | null
  /** Only with an expiry at or before this time; null for no filter. */
  expiresMax: number | null
  /** Only with no expiry or one after this time; null for no filter. */
  expiresMin: number | null
  keyVersion: number | null
  limit: number
}

/** Listing rows, with the time of the last recorded read. */
export interface ListedRow extends SecretRow {
  lastUsedAt: number | null
}

interface EventsPage {
  afterCreatedAt: number
  afterSeq: number
  /** Times: from `since` (inclusive) to `until` (exclusive). */
  since: number
  until: number
  /** null for no filter. */
  name: string | null
  type: string | null
  principalId: string | null
  limit: number
}

interface StoreStatements {
  readStore: Statement<None, StoreRow>
  /** Holds the row against changes until the transaction ends; others may hold it so too. */
  shareStore: Statement<None, StoreRow>
  lockStore: Statement<None, StoreRow>
  insertStore: Statement<StoreRow>
  updateStore: Statement<Pick<StoreRow, "generation" | "activeKeyVersion" | "tokenKey" | "tag">>
  listRootWraps: Statement<None, RootWrapRow>
  insertRootWrap: Statement<RootWrapRow>
  deleteRootWrapsOfKey: Statement<{ keyVersion: number }>
  deleteRootWrapsBelow: Statement<{ generation: number }>
  listKeyVersions: Statement<None, KeyVersionRow>
  insertKeyVersion: Statement<KeyVersionRow>
  updateKeyVersion: Statement<Pick<KeyVersionRow, "version" | "state" | "retiredAt" | "tag">>
  countVersionsByKey: Statement<None, { keyVersion: number; namespace: string; count: number }>
  countVersionsOfKey: Statement<{ keyVersion: number }, { count: number }>
}

interface SecretStatements {
  findSecret: Statement<{ namespace: string; name: string }, SecretRow>
  findSecretById: Statement<{ id: Uint8Array }, SecretRow>
  lockSecret: Statement<{ namespace: string; name: string }, SecretRow>
  lockSecretById: Statement<{ id: Uint8Array }, SecretRow>
  /** Many at once, in the order of their ids. `ids` is a JSON array of hexadecimal texts. */
  lockSecretsById: Statement<{ ids: string }, SecretRow>
  listSecretsById: Statement<{ ids: string }, SecretRow>
  findCurrent: Statement<{ namespace: string; name: string }, CurrentRow>
  /** `names` is a JSON array of strings. */
  findCurrents: Statement<{ namespace: string; names: string }, CurrentRow>
  /** Writes nothing where (namespace, name) exists: the count of written rows tells. */
  insertSecret: Statement<SecretRow>
  /** Compare and set: writes where the row still has this tag. */
  moveSecret: Statement<{ id: Uint8Array; keyVersion: number; tag: Uint8Array; oldTag: Uint8Array }>
  /** Every column but id, namespace, name and createdAt, of the row with this id. */
  updateSecret: Statement<Omit<SecretRow, "namespace" | "name" | "createdAt">>
  deleteSecret: Statement<{ id: Uint8Array }>
  listByUpdatedAsc: Statement<SecretsPage<number>, ListedRow>
  listByUpdatedDesc: Statement<SecretsPage<number>, ListedRow>
  listByNameAsc: Statement<SecretsPage<string>, ListedRow>
  listByNameDesc: Statement<SecretsPage<string>, ListedRow>
  /** Only rows with an expiry. */
  listByExpiryAsc: Statement<SecretsPage<number>, ListedRow>
  listByExpiryDesc: Statement<SecretsPage<number>, ListedRow>
  countByNamespace: Statement<None, { namespace: string; count: number }>
  /** Expired strictly before `cutoff`, in the order of (expiresAt, id); rows that another transaction holds are left out. */
  lockExpired: Statement<{ cutoff: number; afterExpiresAt: number; afterId: Uint8Array; limit: number }, SecretRow>
  listNamespaceSecrets: Statement<{ namespace: string; limit: number }, SecretRow>
  touchSecret: Statement<{ secretId: Uint8Array; usedAt: number }>
  deleteUse: Statement<{ secretId: Uint8Array }>
}

interface VersionStatements {
  insertVersion: Statement<VersionRow>
  findVersion: Statement<{ secretId: Uint8Array; number: number }, VersionRow>
  findLatestNumber: Statement<{ secretId: Uint8Array }, { number: number }>
  /** Newest first. */
  listVersions: Statement<{ secretId: Uint8Array }, VersionHead>
  /** The versions of many secrets, in the order of (secretId, number). `ids` is a JSON array of hexadecimal texts. */
  listWrapsOfSecrets: Statement<{ ids: string }, VersionWrapRow>
  /** Deletes the versions numbered `upTo` or lower. */
  pruneVersions: Statement<{ secretId: Uint8Array; upTo: number }>
  deleteVersions: Statement<{ secretId: Uint8Array }>
  /** Secrets with a version under this key, behind (afterNamespace, afterSecretId), in that order, each once. */
  listSecretsUnderKey: Statement<
    { keyVersion: number; afterNamespace: string; afterSecretId: Uint8Array; limit: number },
    { namespace: string; secretId: Uint8Array }
  >
  /** Secrets behind (afterNamespace, afterSecretId) whatever their key. */
  listAllSecrets: Statement<
    { afterNamespace: string; afterSecretId: Uint8Array; limit: number },
    { namespace: string; secretId: Uint8Array }
  >
  /** Compare-and-set: writes only where the wrap still is `oldWrap`. */
  rewrapVersion: Statement<
    { secretId: Uint8Array; number: number; oldWrap: Uint8Array } & Pick<VersionWrapRow, "wrap" | "keyVersion" | "tag">
  >
  reencryptVersion: Statement<
    { secretId: Uint8Array; number: number; oldWrap: Uint8Array } & Pick<VersionRow, "wrap" | "keyVersion" | "tag" | "sealed">
  >
}

interface EventStatements {
  /** Gives the number of the new event. */
  appendEvent: Statement<NewEventRow, { seq: number }>
  listEventsBySecretAsc: Statement<EventsPage & { secretId: Uint8Array }, EventRow>
  listEventsBySecretDesc: Statement<EventsPage & { secretId: Uint8Array }, EventRow>
  /** In the order of (createdAt, seq), by the index that fits `by…`. `name`, `type`, `principalId` filter on top. */
  listEventsByNamespaceAsc: Statement<EventsPage & { namespace: string }, EventRow>
  listEventsByNamespaceDesc: Statement<EventsPage & { namespace: string }, EventRow>
  listEventsByNameAsc: Statement<EventsPage & { namespace: string; byName: string }, EventRow>
  listEventsByNameDesc: Statement<EventsPage & { namespace: string; byName: string }, EventRow>
  listEventsByTypeAsc: Statement<EventsPage & { namespace: string; byType: string }, EventRow>
  listEventsByTypeDesc: Statement<EventsPage & { namespace: string; byType: string }, EventRow>
  listEventsByPrincipalAsc: Statement<EventsPage & { namespace: string; byPrincipal: string }, EventRow>
  listEventsByPrincipalDesc: Statement<EventsPage & { namespace: string; byPrincipal: string }, EventRow>
  /** Events of the store itself: no namespace. */
  listStoreEventsAsc: Statement<EventsPage, EventRow>
  listStoreEventsDesc: Statement<EventsPage, EventRow>
  /** From `since` (inclusive) to `until` (exclusive). */
  countEvents: Statement<{ namespace: string; type: string; since: number; until: number }, { count: number }>
  listEventsAfter: Statement<{ seq: number; limit: number }, EventRow>
  /** Both ends inclusive. */
  listEventsBetween: Statement<{ from: number; to: number }, EventRow>
  /** Deletes up to `limit` events older than `cutoff`. */
  deleteEventsBefore: Statement<{ cutoff: number; limit: number }>
  /** The highest event number ever given, also when that event is gone; 0 for none. */
  lastEventSeq: Statement<None, { seq: number }>
  /** The highest number of a committed event that is still there; 0 for none. */
  lastCommittedSeq: Statement<None, { seq: number }>
  /** For restores: the event with its number. */
  insertEvent: Statement<EventRow>
  /** For restores: later numbers start above this one. */
  raiseEventSeq: Statement<{ seq: number }>
}

interface AccessStatements {
  insertWorkspace: Statement<WorkspaceRow>
  findWorkspace: Statement<{ id: string }, WorkspaceRow>
  listWorkspaces: Statement<None, WorkspaceRow>
  deleteWorkspace: Statement<{ id: string }>
  insertToken: Statement<TokenRow>
  findToken: Statement<{ id: string }, TokenRow>
  /** Locks the row until the transaction ends. */
  lockToken: Statement<{ id: string }, TokenRow>
  listTokens: Statement<None, TokenRow>
  updateToken: Statement<Pick<TokenRow, "id" | "revokedAt" | "lastUsedAt" | "tag">>
  insertSession: Statement<SessionRow>
  findSession: Statement<{ id: string }, SessionRow>
  listSessions: Statement<None, SessionRow>
  updateSession: Statement<Pick<SessionRow, "id" | "tag">>
  deleteSession: Statement<{ id: string }>
  deleteSessionsBefore: Statement<{ cutoff: number }>
  insertLink: Statement<LinkRow>
  lockLink: Statement<{ id: string }, LinkRow>
  listLinks: Statement<None, LinkRow>
  updateLink: Statement<Pick<LinkRow, "id" | "usedAt" | "attempts" | "tag">>
  deleteLink: Statement<{ id: string }>
  deleteLinksBefore: Statement<{ cutoff: number }>
}

interface RequestStatements {
  /** Writes nothing where an open one asks the same. */
  insertRequest: Statement<RequestRow>
  findRequest: Statement<{ id: string }, RequestRow>
  lockOpenRequest: Statement<{ openKey: string }, RequestRow>
  lockRequest: Statement<{ id: string }, RequestRow>
  updateRequest: Statement<
    Pick<RequestRow, "id" | "state" | "openKey" | "settledAt" | "outcome" | "codeHash" | "formHash" | "attempts" | "tag">
  >
  /** Of one person, newest first; `onlyOpen` 1 leaves out what is settled. */
  listRequestsOfAsked: Statement<
    { asked: string; namespace: string; onlyOpen: number; beforeCreatedAt: number; limit: number },
    RequestRow
  >
  listRequests: Statement<None, RequestRow>
  /** Not expired; approvals that were not spent among them. */
  listOpenRequestsOf: Statement<{ requesterId: string; now: number }, RequestRow>
  listOpenRequestsOfRun: Statement<{ runId: string }, RequestRow>
  countOpenRequests: Statement<{ requesterId: string; now: number }, { count: number }>
  deleteRequestsBefore: Statement<{ cutoff: number; limit: number }>
  findAgentRules: Statement<{ namespace: string }, AgentRulesRow>
  listAgentRules: Statement<None, AgentRulesRow>
  putAgentRules: Statement<AgentRulesRow>
  /** With their workspace: nothing of it must wait for another of its name. */
  deleteAgentRules: Statement<{ namespace: string }>
  deleteRequestsOfNamespace: Statement<{ namespace: string }>
}

interface RunStatements {
  insertRun: Statement<RunRow>
  findRun: Statement<{ id: string }, RunRow>
  lockRun: Statement<{ id: string }, RunRow>
  updateRun: Statement<
    Pick<
      RunRow,
      "id" | "place" | "status" | "state" | "result" | "error" | "version" | "isReady" | "claimedBy" | "claimedUntil" | "dueAt" | "updatedAt" | "tag"
    >
  >
  /**
   * Ready, and nobody's for now; or with a wait that is over. Rows that another transaction holds are left out. `names` is a
   * JSON array of workflows.
   */
  lockReadyRuns: Statement<{ now: number; names: string; limit: number }, RunRow>
  /** The next time at which something of these workflows becomes ready by itself; no row for never. */
  findNextRunTime: Statement<{ names: string }, { at: number | null }>
  listRunsOfParent: Statement<{ parentId: string }, RunRow>
  listRuns: Statement<None, RunRow>
  insertRunDocument: Statement<RunDocumentRow>
  listRunDocuments: Statement<{ runId: string }, RunDocumentRow>
  retireRunDocument: Statement<{ runId: string; key: string }>
  insertRunMessage: Statement<RunMessageRow>
  /** Oldest first. */
  listRunMessages: Statement<{ runId: string }, RunMessageRow>
  updateRunMessage: Statement<{ id: string; tag: Uint8Array }>
  deleteRunMessage: Statement<{ id: string }>
  deleteRunMessages: Statement<{ runId: string }>
  deleteMessagesOfNamespace: Statement<{ namespace: string }>
  deleteDocumentsOfNamespace: Statement<{ namespace: string }>
  deleteRunsOfNamespace: Statement<{ namespace: string }>
}

interface EnvironmentStatements {
  /** Writes nothing where the workspace has one of that name. */
  insertEnvironment: Statement<EnvironmentRow>
  findEnvironment: Statement<{ namespace: string; name: string }, EnvironmentRow>
  findEnvironmentById: Statement<{ id: string }, EnvironmentRow>
  lockEnvironment: Statement<{ id: string }, EnvironmentRow>
  /** Every column but those of the schedule, and what never changes. */
  updateEnvironment: Statement<
    Omit<EnvironmentRow, "namespace" | "name" | "createdAt" | "createdBy" | "attempts" | "dueAt" | "claimedBy" | "claimedUntil">
  >
  deleteEnvironment: Statement<{ id: string }>
  listEnvironments: Statement<{ namespace: string }, EnvironmentRow>
  listAllEnvironments: Statement<None, EnvironmentRow>
  /** Due, or claimed by somebody who must have died. Rows that another transaction holds are left out. */
  lockDueEnvironments: Statement<{ now: number; limit: number }, EnvironmentRow>
  findNextEnvironmentTime: Statement<None, { at: number | null }>
  claimEnvironment: Statement<{ id: string; claimedBy: string; claimedUntil: number }>
  /** Ends a claim. What fell due meanwhile stays due. */
  releaseEnvironment: Statement<{ id: string; attempts: number; dueAt: number | null }>
  /** Due at this time, or before where they are due before already. */
  markEnvironmentsDue: Statement<{ namespace: string; dueAt: number }>
  markEnvironmentDue: Statement<{ id: string; dueAt: number }>
  markAllEnvironmentsDue: Statement<{ dueAt: number }>
  /** By name. */
  listSecretsWithPolicy: Statement<{ namespace: string }, SecretRow>
}

interface UpkeepStatements {
  /** Takes or renews a lease; writes nothing while another holder's runs. */
  takeLease: Statement<{ name: string; holder: string; now: number; expiresAt: number }>
  releaseLease: Statement<{ name: string; holder: string }>
  /** Where several workers share one walk; the row is locked until the transaction ends. */
  lockProgress: Statement<{ name: string }, { name: string; position: string }>
  putProgress: Statement<{ name: string; position: string }>
  deleteProgress: Statement<{ name: string }>
}

interface BackupStatements {
  dumpSecrets: Statement<{ afterId: Uint8Array; limit: number }, SecretRow>
  /** In the order of (secretId, number). */
  dumpVersions: Statement<{ afterSecretId: Uint8Array; afterNumber: number; limit: number }, VersionRow>
  countSecrets: Statement<None, { count: number }>
}

/** Every statement of Sotto: the port between the use cases and an engine. */
export interface Statements
  extends StoreStatements,
    SecretStatements,
    VersionStatements,
    EventStatements,
    AccessStatements,
    RequestStatements,
    RunStatements,
    EnvironmentStatements,
    BoxStatements,
    UpkeepStatements,
    BackupStatements {}

export type StatementName = keyof Statements
export type Params<Name extends StatementName> = Statements[Name]["params"]
export type Row<Name extends StatementName> = Statements[Name]["row"]
