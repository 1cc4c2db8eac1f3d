import { SecretError } from "../base/errors.ts"
import { isTagOf, tagRow, type ColumnValue } from "../crypto/row-tag.ts"
import type { AgentRulesRow, EnvironmentRow, KeyVersionRow, LinkRow, RequestRow, RunMessageRow, RunRow, SecretRow, SessionRow, StoreRow, TokenRow, VersionHead } from "./ports/rows.ts"
import type { BoxCodeRow, BoxSpaceRow } from "./ports/box-rows.ts"
import type { RootKeys } from "./root-keys.ts"
import { currentRoot, StaleKeys, type StoreKeys } from "./store-keys.ts"

/**
 * What can change in a row, or grants something, is under a tag: uint32 generation, then an HMAC under that generation's
 * row-tag key over all columns (docs/format.md, "Rows"). Each table's columns stand here, once.
 */
type Tagged<Row> = Omit<Row, "tag">

const GENERATION_BYTES = 4

/** Absent where there is none, as it was before there were policies: the number of columns is under the tag as well. */
const policyColumn = (policy: string | null): ColumnValue[] => (policy === null ? [] : [policy])

const secretColumns = (row: Tagged<SecretRow>): ColumnValue[] => [
  row.id,
  row.namespace,
  row.name,
  row.number,
  row.versionId,
  row.keyVersion,
  row.hasValue,
  row.createdAt,
  row.updatedAt,
  row.expiresAt,
  row.metadata,
  ...policyColumn(row.policy),
]

const versionColumns = (row: Tagged<VersionHead>): ColumnValue[] => [
  row.secretId,
  row.number,
  row.id,
  row.namespace,
  row.keyVersion,
  row.hasValue,
  row.createdAt,
  row.createdBy,
]

const storeColumns = (row: Tagged<StoreRow>): ColumnValue[] => [
  row.id,
  row.createdAt,
  row.generation,
  row.activeKeyVersion,
  row.tokenKey,
]

const keyVersionColumns = (row: Tagged<KeyVersionRow>): ColumnValue[] => [row.version, row.state, row.createdAt, row.retiredAt]

const tokenColumns = (row: Tagged<TokenRow>): ColumnValue[] => [
  row.id,
  row.kind,
  row.owner,
  row.name,
  row.hash,
  row.grants,
  row.createdAt,
  row.createdBy,
  row.expiresAt,
  row.revokedAt,
  row.lastUsedAt,
]

const sessionColumns = (row: Tagged<SessionRow>): ColumnValue[] => [row.id, row.actor, row.hash, row.createdAt, row.expiresAt]

const linkColumns = (row: Tagged<LinkRow>): ColumnValue[] => [
  row.id,
  row.actor,
  row.hash,
  row.createdAt,
  row.expiresAt,
  row.usedAt,
  row.attempts,
]

const requestColumns = (row: Tagged<RequestRow>): ColumnValue[] => [
  row.id,
  row.namespace,
  row.kind,
  row.state,
  row.requester,
  row.requesterId,
  row.asked,
  row.body,
  row.openKey,
  row.createdAt,
  row.expiresAt,
  row.settledAt,
  row.outcome,
  row.codeHash,
  row.formHash,
  row.attempts,
  row.runId,
  row.transition,
]

const runColumns = (row: Tagged<RunRow>): ColumnValue[] => [
  row.id,
  row.namespace,
  row.actor,
  row.actorId,
  row.name,
  row.place,
  row.status,
  row.args,
  row.state,
  row.result,
  row.error,
  row.parentId,
  row.callback,
  row.callbackMeta,
  row.version,
  row.isReady,
  row.claimedBy,
  row.claimedUntil,
  row.dueAt,
  row.createdAt,
  row.updatedAt,
]

const runMessageColumns = (row: Tagged<RunMessageRow>): ColumnValue[] => [row.id, row.runId, row.transition, row.input, row.createdAt]

const environmentColumns = (row: Tagged<EnvironmentRow>): ColumnValue[] => [
  row.id,
  row.namespace,
  row.name,
  row.address,
  row.allowsPrivate,
  row.keys,
  row.restart,
  row.sealingKey,
  row.signingKey,
  row.facts,
  row.enrolment,
  row.generation,
  row.applied,
  row.sent,
  row.result,
  row.error,
  row.isRevoking,
  row.contactAt,
  row.removedAt,
  row.createdAt,
  row.createdBy,
  row.updatedAt,
]

const agentRulesColumns = (row: Tagged<AgentRulesRow>): ColumnValue[] => [row.namespace, row.rules, row.updatedAt]

const boxSpaceColumns = (row: Tagged<BoxSpaceRow>): ColumnValue[] => [row.id, row.box, row.sender, row.facts, row.closesAt, row.createdAt]

const boxCodeColumns = (row: Tagged<BoxCodeRow>): ColumnValue[] => [row.hash, row.action, row.creator, row.createdAt, row.expiresAt]

interface Tagging<Row> {
  /** The tag under the present generation. */
  seal(keys: StoreKeys, row: Tagged<Row>): Uint8Array
  /** @throws SecretError `decryption_failed` for a row that this store did not write so */
  assert(keys: StoreKeys, row: Row & { tag: Uint8Array }): void
  /** The same for rows that are read over and over: one that was proved before is compared with what it was then. */
  assertAgain(keys: StoreKeys, row: Row & { tag: Uint8Array }): void
}

/** A column that no tag can hold, such as an integer that JavaScript cannot, was not written by this store. */
const isRightTag = (root: RootKeys, table: string, columns: ColumnValue[], tag: Uint8Array): boolean => {
  try {
    return isTagOf(root.rowTags, table, columns, tag)
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

/** @param keyOf what a proved row is remembered by; a row of the same key takes its place */
const tagging = <Row>(table: string, columns: (row: Tagged<Row>) => ColumnValue[], keyOf: (row: Row) => string = () => ""): Tagging<Row> => ({
  seal: (keys, row) => withGeneration(keys.generation, tagRow(currentRoot(keys).rowTags, table, columns(row))),
  assert: (keys, row) => {
    const root = rootOf(keys, table, row.tag)
    if (!isRightTag(root, table, columns(row), row.tag.subarray(GENERATION_BYTES))) throw tagFailure(table, false)
  },
  assertAgain: (keys, row) => {
    const root = rootOf(keys, table, row.tag)
    const key = `${table}\0${keyOf(row)}`
    const values = columns(row)
    if (root.proved.has(key, values, row.tag)) return
    if (!isRightTag(root, table, values, row.tag.subarray(GENERATION_BYTES))) throw tagFailure(table, false)
    root.proved.add(key, values, row.tag)
  },
})

const rootOf = (keys: StoreKeys, table: string, tag: Uint8Array): RootKeys => {
  const generation = generationOf(tag)
  const root = keys.roots.get(generation)
  if (root === undefined) throw tagFailure(table, generation > keys.generation)
  return root
}

export const secretTags = tagging<SecretRow>("secrets", secretColumns, (row) => row.name)
export const versionTags = tagging<VersionHead>("versions", versionColumns)
export const storeTags = tagging<StoreRow>("store", storeColumns)
export const keyVersionTags = tagging<KeyVersionRow>("key_versions", keyVersionColumns)
export const tokenTags = tagging<TokenRow>("tokens", tokenColumns)
export const sessionTags = tagging<SessionRow>("sessions", sessionColumns)
export const linkTags = tagging<LinkRow>("links", linkColumns)
export const runTags = tagging<RunRow>("runs", runColumns)
export const runMessageTags = tagging<RunMessageRow>("run_messages", runMessageColumns)
export const requestTags = tagging<RequestRow>("requests", requestColumns)
export const environmentTags = tagging<EnvironmentRow>("environments", environmentColumns)
export const boxSpaceTags = tagging<BoxSpaceRow>("box_spaces", boxSpaceColumns, (row) => row.id)
export const boxCodeTags = tagging<BoxCodeRow>("box_codes", boxCodeColumns)
export const agentRulesTags = tagging<AgentRulesRow>("agent_rules", agentRulesColumns)

/**
 * For work whose transaction asserts its keys: no row can be of a later generation than the store, so a tag that says so is
 * forged, and must not stop the others.
 */
export const isIntact = <Row>(tags: { assert(keys: StoreKeys, row: Row): void }, keys: StoreKeys, row: Row): boolean => {
  try {
    return isProved(tags, keys, row)
  } catch {
    return false
  }
}

/** A row that was tampered with stays as it is, for `sotto doctor` to report; it must not stop the others. */
export const isProved = <Row>(tags: { assert(keys: StoreKeys, row: Row): void }, keys: StoreKeys, row: Row): boolean => {
  try {
    tags.assert(keys, row)
    return true
  } catch (error) {
    if (error instanceof StaleKeys) throw error
    return false
  }
}

const withGeneration = (generation: number, mac: Uint8Array): Uint8Array => {
  const tag = new Uint8Array(GENERATION_BYTES + mac.length)
  new DataView(tag.buffer).setUint32(0, generation)
  tag.set(mac, GENERATION_BYTES)
  return tag
}

/** The generation that a tag names; 0, which no store has, for a tag too short to name one. */
export const generationOf = (tag: Uint8Array): number => {
  if (tag.length < GENERATION_BYTES) return 0
  let generation = 0
  for (let i = 0; i < GENERATION_BYTES; i++) generation = generation * 256 + (tag[i] as number)
  return generation
}

/** A tag of a generation to come is no forgery but news: the keys are read again first. */
const tagFailure = (table: string, isNewer: boolean): Error => {
  const failure = new SecretError("decryption_failed", `a row of "${table}" failed its authenticity check`, {
    details: { table },
    help: "The database was changed by something other than Sotto. Run `sotto doctor`; restore a backup if it stays.",
  })
  return isNewer ? new StaleKeys(failure) : failure
}
