import { sameBytes, wipe } from "../base/bytes.ts"
import { isSecretError, SecretError } from "../base/errors.ts"
import { appendEvents, assertKeysCurrent, nowOf, type StoreContext } from "./context.ts"
import { secretEvent } from "./event.ts"
import type { BatchRequest, BatchResult } from "./ports/rotation.ts"
import type { RunRow, SecretRow, VersionRow } from "./ports/rows.ts"
import type { Transaction } from "./ports/storage.ts"
import { deriveRootKeys } from "./root-keys.ts"
import { wrapRoot, wrapTokenKey } from "./root-wraps.ts"
import { claimSecrets, type ClaimedSecret } from "./rotation-walk.ts"
import { agentRulesTags, boxCodeTags, boxSpaceTags, environmentTags, generationOf, isIntact, keyVersionTags, linkTags, requestTags, runMessageTags, runTags, secretTags, sessionTags, storeTags, tokenTags, versionTags } from "./row-tags.ts"
import { openVersion, sealVersions } from "./seal-version.ts"
import { currentRoot, StaleKeys, type StoreKeys } from "./store-keys.ts"
import { tagged } from "./write-secrets.ts"

/**
 * Gives the store a new root, unless a re-encryption is under way already: from this commit on everything is tagged under
 * the new one, and the old one stays only until the last row has moved. Tokens keep working: their key is handed on.
 */
export const beginReencryption = async (ctx: StoreContext): Promise<void> => {
  const keys = ctx.keys.current
  if (keys.roots.size > 1) return
  const generation = keys.generation + 1
  const root = ctx.randomBytes(32)
  const tokenKeyBytes = currentRoot(keys).tokens.export()
  const tokenKey = wrapTokenKey(root, tokenKeyBytes, keys.storeId, generation)
  const versions = (await ctx.storage.all("listRootWraps", {})).map((wrap) => wrap.keyVersion)
  const held = versions.filter((version) => keys.wrapper.versions.includes(version))
  const wraps = await wrapRoot(keys.wrapper, root, { storeId: keys.storeId, generation, versions: held })
  const next: StoreKeys = { ...keys, generation, roots: new Map([...keys.roots, [generation, deriveRootKeys(generation, root, tokenKeyBytes)]]) }
  wipe(root)
  wipe(tokenKeyBytes)
  await ctx.storage.write(async (tx) => {
    const store = await tx.one("lockStore", {})
    if (store === null || store.generation !== keys.generation) return
    if ((await tx.all("listRootWraps", {})).length !== versions.length) throw new StaleKeys(ringChanged())
    await tx.runMany("insertRootWrap", wraps)
    const row = { ...store, generation, tokenKey }
    await tx.run("updateStore", { ...row, tag: storeTags.seal(next, row) })
    await retagSmallTables(tx, keys, next)
  })
  await ctx.keys.refresh()
}

/** A key that joined in between would have no wrap of the new root, and retiring the others would lose it. */
const ringChanged = (): SecretError =>
  new SecretError("storage_unavailable", "a key joined or left the store when the re-encryption began", { help: "Try again." })

/** Rows that are few move to the new root at once. One that fails its check is left behind, and so refused from then on. */
const retagSmallTables = async (tx: Transaction, keys: StoreKeys, next: StoreKeys): Promise<void> => {
  const proved = <Row>(tags: { assert(keys: StoreKeys, row: Row): void }, rows: Row[]): Row[] =>
    rows.filter((row) => isIntact(tags, keys, row))
  for (const row of proved(keyVersionTags, await tx.all("listKeyVersions", {})))
    await tx.run("updateKeyVersion", { ...row, tag: keyVersionTags.seal(next, row) })
  for (const row of proved(tokenTags, await tx.all("listTokens", {})))
    await tx.run("updateToken", { ...row, tag: tokenTags.seal(next, row) })
  for (const row of proved(sessionTags, await tx.all("listSessions", {})))
    await tx.run("updateSession", { ...row, tag: sessionTags.seal(next, row) })
  for (const row of proved(linkTags, await tx.all("listLinks", {})))
    await tx.run("updateLink", { ...row, tag: linkTags.seal(next, row) })
  for (const row of proved(requestTags, await tx.all("listRequests", {})))
    await tx.run("updateRequest", { ...row, tag: requestTags.seal(next, row) })
  for (const row of proved(runTags, await tx.all("listRuns", {})))
    await retagRun(tx, row, { keys, next })
  for (const row of proved(environmentTags, await tx.all("listAllEnvironments", {})))
    await tx.run("updateEnvironment", { ...row, tag: environmentTags.seal(next, row) })
  for (const row of proved(boxCodeTags, await tx.all("listBoxCodes", {})))
    await tx.run("updateBoxCode", { ...row, tag: boxCodeTags.seal(next, row) })
  await retagBoxSpaces(tx, keys, next)
  for (const row of proved(agentRulesTags, await tx.all("listAgentRules", {})))
    await tx.run("putAgentRules", { ...row, tag: agentRulesTags.seal(next, row) })
}

const PAGE = 1_000

const retagBoxSpaces = async (tx: Transaction, keys: StoreKeys, next: StoreKeys): Promise<void> => {
  for (let afterId = ""; ; ) {
    const rows = await tx.all("listAllBoxSpaces", { afterId, limit: PAGE })
    const proved = rows.filter((row) => isIntact(boxSpaceTags, keys, row))
    await tx.runMany("updateBoxSpace", proved.map((row) => ({ ...row, tag: boxSpaceTags.seal(next, row) })))
    const last = rows.at(-1)
    if (last === undefined) return
    afterId = last.id
  }
}

/** A run, and what it has not heard yet. */
const retagRun = async (tx: Transaction, run: RunRow, { keys, next }: { keys: StoreKeys; next: StoreKeys }): Promise<void> => {
  await tx.run("updateRun", { ...run, tag: runTags.seal(next, run) })
  for (const message of await tx.all("listRunMessages", { runId: run.id }))
    if (isIntact(runMessageTags, keys, message)) await tx.run("updateRunMessage", { id: message.id, tag: runMessageTags.seal(next, message) })
}

/** The next secrets of the walk: each version gets a new DEK, each row a tag under the new root. */
export const reencryptBatch = async (ctx: StoreContext, { walk, at, batchSize }: BatchRequest): Promise<BatchResult> => {
  const keys = ctx.keys.current
  const { secrets, next } = await claimSecrets(ctx, keys.generation, walk, batchSize)
  const result = { rotated: 0, skipped: 0, next }
  for (const secret of secrets) {
    const done = await reencryptSecret(ctx, keys, secret, at)
    result.rotated += done.rotated
    result.skipped += done.skipped
  }
  return result
}

interface Resealed {
  old: VersionRow
  next: VersionRow
}

const reencryptSecret = async (
  ctx: StoreContext,
  keys: StoreKeys,
  { secretId }: ClaimedSecret,
  at: number,
): Promise<{ rotated: number; skipped: number }> => {
  const row = await ctx.storage.one("findSecretById", { id: secretId })
  const heads = await ctx.storage.all("listVersions", { secretId })
  const old = heads.filter((head) => generationOf(head.tag) < keys.generation)
  const isRowOld = row !== null && generationOf(row.tag) < keys.generation
  if (row === null || (old.length === 0 && !isRowOld)) return { rotated: 0, skipped: 0 }
  const found = await Promise.all(old.map((head) => ctx.storage.one("findVersion", { secretId, number: head.number })))
  const resealed = await reseal(keys, found.filter((version) => version !== null))
  const rotated = await ctx.storage.write((tx) => commitSecret(ctx, tx, { keys, secretId, resealed, at }))
  return rotated === "tampered" ? { rotated: 0, skipped: Math.max(old.length, 1) } : { rotated, skipped: old.length - resealed.length }
}

const reseal = async (keys: StoreKeys, versions: readonly VersionRow[]): Promise<Resealed[]> => {
  const resealed: Resealed[] = []
  for (const old of versions) {
    const value = await openOrNull(keys, old)
    if (value === null) continue
    const [sealed] = await sealVersions(keys, [{ secretId: old.secretId, versionId: old.id, value }])
    const next = { ...old, ...sealed }
    resealed.push({ old, next: { ...next, tag: versionTags.seal(keys, next) } })
  }
  return resealed
}

const openOrNull = async (keys: StoreKeys, version: VersionRow): Promise<string | null> => {
  try {
    versionTags.assert(keys, version)
    return await openVersion(keys, version)
  } catch (error) {
    if (isSecretError(error) || !keys.wrapper.versions.includes(version.keyVersion)) return null
    throw error
  }
}

interface Commit {
  keys: StoreKeys
  secretId: Uint8Array
  resealed: readonly Resealed[]
  at: number
}

const commitSecret = async (ctx: StoreContext, tx: Transaction, { keys, secretId, resealed, at }: Commit): Promise<number | "tampered"> => {
  await assertKeysCurrent(tx, keys)
  const row = await tx.one("lockSecretById", { id: secretId })
  if (row === null) return 0
  if (!isIntact<SecretRow>(secretTags, keys, row)) return "tampered"
  const counts = await tx.runMany("reencryptVersion", resealed.map(({ old, next }) => ({ ...next, oldWrap: old.wrap })))
  const done = resealed.filter((_, i) => (counts[i] ?? 0) > 0)
  const isCurrentMoved = done.some(({ old }) => sameBytes(old.id, row.versionId))
  await tx.run("updateSecret", tagged(keys, isCurrentMoved ? { ...row, keyVersion: keys.activeKeyVersion } : row))
  if (done.length > 0) await appendEvents(tx, [reencryptedEvent(ctx, keys, { row, done, at })])
  return done.length
}

const reencryptedEvent = (
  ctx: StoreContext,
  keys: StoreKeys,
  { row, done, at }: { row: SecretRow; done: readonly Resealed[]; at: number },
) =>
  secretEvent(row, {
    type: "rotated",
    at,
    principal: ctx.actor.principal,
    metadata: {
      fromVersion: Math.max(...done.map(({ old }) => old.keyVersion)),
      toVersion: keys.activeKeyVersion,
      reencrypted: true,
    },
  })

/** Drops the old root. Only for whoever has walked over all secrets alone and found nothing left under it. */
export const finishReencryption = async (ctx: StoreContext): Promise<void> => {
  const { generation } = ctx.keys.current
  await ctx.storage.write(async (tx) => {
    await assertKeysCurrent(tx, ctx.keys.current)
    const dropped = await tx.run("deleteRootWrapsBelow", { generation })
    if (dropped === 0) return
    const at = nowOf(ctx)
    await appendEvents(tx, [{ type: "keyring_reencrypted", at, principal: ctx.actor.principal, metadata: { generation } }])
  })
  await ctx.keys.refresh()
}
