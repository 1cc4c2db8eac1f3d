import { hex } from "../base/bytes.ts"
import { isSecretError } from "../base/errors.ts"
import { uuidToText } from "../base/uuid.ts"
import type { StoreContext } from "./context.ts"
import { openVersion } from "./seal-version.ts"
import { boxSpaceTags, environmentTags, isIntact, isProved, secretTags, versionTags } from "./row-tags.ts"
import { readRotationStatus } from "./rotation-status.ts"
import * as z from "zod/mini"
import { defineUseCase } from "./use-case.ts"

export interface Finding {
  level: "ok" | "warning" | "error"
  what: string
  /** The next step. */
  help?: string
}

const PAGE = 100

/**
 * Opens what is stored and says what is wrong: keys first, then up to `sample` versions are proved and decrypted, their
 * values dropped at once.
 */
export const examineStore = defineUseCase({
  name: "examineStore",
  permission: "admin",
  scope: "store",
  events: [],
  args: () => z.strictObject({ sample: z.number("sample must be a number") }),
  run: async (ctx, { sample }): Promise<Finding[]> => [...(await examineKeys(ctx)), ...(await examineVersions(ctx, sample)), ...(await examineEnvironments(ctx)), ...(await examineBoxes(ctx))],
})

const examineKeys = async (ctx: StoreContext): Promise<Finding[]> => {
  const status = await readRotationStatus(ctx)
  const findings: Finding[] = [{ level: "ok", what: `the key ring opens the store; version ${status.activeVersion} is active` }]
  if (status.remaining > 0)
    findings.push({ level: "warning", what: `${status.remaining} versions are under an older key`, help: "Run `sotto keyring rotate`." })
  if (status.unavailable > 0)
    findings.push({
      level: "error",
      what: `${status.unavailable} versions are under keys that this ring lacks`,
      help: "Put the missing keys back into the ring, or write those secrets anew.",
    })
  if (status.isReencrypting)
    findings.push({ level: "warning", what: "a re-encryption has not ended", help: "Run `sotto keyring rotate --reencrypt`." })
  for (const key of status.keys)
    if (key.state === "enabled" && key.versions === 0)
      findings.push({ level: "warning", what: `key version ${key.version} protects nothing any more`, help: `Run \`sotto keyring retire ${key.version}\`.` })
  return findings
}

const examineVersions = async (ctx: StoreContext, sample: number): Promise<Finding[]> => {
  const broken: string[] = []
  let seen = 0
  let after: { afterSecretId: Uint8Array; afterNumber: number } = { afterSecretId: new Uint8Array(16), afterNumber: 0 }
  while (seen < sample) {
    const rows = await ctx.storage.all("dumpVersions", { ...after, limit: Math.min(PAGE, sample - seen) })
    for (const row of rows) {
      const problem = await problemOf(ctx, row)
      if (problem !== null) broken.push(`version ${row.number} of ${uuidToText(row.secretId)}: ${problem}`)
    }
    const last = rows.at(-1)
    if (last === undefined) break
    seen += rows.length
    after = { afterSecretId: last.secretId, afterNumber: last.number }
  }
  if (broken.length === 0) return [{ level: "ok", what: `${seen} stored versions were opened and are intact` }]
  const help = "The database was changed by something other than Sotto: restore a backup, or remove the secret."
  return broken.map((what) => ({ level: "error", what, help }))
}

const problemOf = async (ctx: StoreContext, row: Parameters<typeof openVersion>[1] & Parameters<typeof versionTags.assert>[1]): Promise<string | null> => {
  const keys = ctx.keys.current
  if (!keys.wrapper.versions.includes(row.keyVersion)) return null // counted above
  try {
    versionTags.assert(keys, row)
    const secret = await ctx.storage.one("findSecretById", { id: row.secretId })
    if (secret === null) return "its secret is gone"
    secretTags.assert(keys, secret)
    await openVersion(keys, row)
    return null
  } catch (error) {
    return isSecretError(error) ? error.code : "unreadable"
  }
}

/** Nothing is said where nothing is wrong: most stores deliver to nobody. */
const examineEnvironments = async (ctx: StoreContext): Promise<Finding[]> => {
  const rows = await ctx.storage.all("listAllEnvironments", {})
  return rows.flatMap((row): Finding[] => {
    const name = `the environment "${row.name}" of ${row.namespace}`
    if (!isProved(environmentTags, ctx.keys.current, row))
      return [{ level: "error", what: `${name} was changed by something other than Sotto; nothing is delivered to it`, help: "Remove it with --force, add and enroll it anew, and change what was delivered there." }]
    if (row.isRevoking === 1) return [{ level: "warning", what: `${name} still holds what was taken away: its sandbox is not reached`, help: `Run \`sotto env status ${row.name}\`.` }]
    return row.error === null ? [] : [{ level: "warning", what: `${name} does not take what is sent: ${row.error}`, help: `Run \`sotto env status ${row.name}\`.` }]
  })
}

const BOX_PAGE = 1_000

/** Their secrets are among the versions above; here it is whose they are and until when. */
const examineBoxes = async (ctx: StoreContext): Promise<Finding[]> => {
  const findings: Finding[] = []
  for (let afterId = ""; ; ) {
    const rows = await ctx.storage.all("listAllBoxSpaces", { afterId, limit: BOX_PAGE })
    for (const row of rows)
      if (!isIntact(boxSpaceTags, ctx.keys.current, row))
        findings.push({ level: "error", what: `a space of the box ${hex(row.box)} was changed by something other than Sotto; nothing of it is given out`, help: "Restore a backup, or let its holder erase it." })
    const last = rows.at(-1)
    if (last === undefined) return findings
    afterId = last.id
  }
}
