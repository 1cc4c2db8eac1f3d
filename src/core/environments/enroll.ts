import { SecretError } from "../../base/errors.ts"
import { Redacted } from "../../base/redacted.ts"
import { utf8 } from "../../base/bytes.ts"
import { canonicalJson } from "../../base/canonical-json.ts"
import { fromBase64Url } from "../../crypto/base64url.ts"
import { createMacKey, equalConstantTime, hmacSha256 } from "../../crypto/mac.ts"
import { randomBase62 } from "../access/base62.ts"
import { authorize } from "../authorize.ts"
import { appendEvents, assertKeysCurrent, nowOf, type StoreContext } from "../context.ts"
import { DEFAULT_NAMESPACE } from "../limits.ts"
import type { EnvironmentRow } from "../ports/rows.ts"
import { environmentTags } from "../row-tags.ts"
import { formatEnrolmentToken } from "../sandbox/enrolment-token.ts"
import { SANDBOX_LIMITS } from "../sandbox/limits.ts"
import { EnrolmentBody } from "../sandbox/messages.ts"
import { provedBody } from "../sandbox/statement.ts"
import { currentRoot } from "../store-keys.ts"
import { defineUseCase } from "../use-case.ts"
import { EnrollEnvironmentArgs } from "./environment-shapes.ts"
import { appliedOf, enrolmentOf, environmentEvent, environmentNotFound, findEnvironment, lockEnvironment, NOTHING_APPLIED, saveEnvironment, type Enrolment } from "./environment-row.ts"

const NONCE_LENGTH = 22

export interface EnrolmentToken {
  /** Shown this once: whoever holds it first is the sandbox. */
  token: Redacted<string>
  expiresAt: number
}

/**
 * A token by which one daemon becomes an environment's sandbox, once; one given before is void. A sandbox that is enrolled keeps
 * its place until another takes it. It needs `reveal` beside `admin`. @throws SecretError `not_found`, `forbidden`
 */
export const enrollEnvironment = defineUseCase({
  name: "enrollEnvironment",
  permission: "admin",
  scope: "workspace",
  events: ["environment_changed"],
  args: EnrollEnvironmentArgs,
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, name, ttlMs = SANDBOX_LIMITS.enrolmentTtlMs }): Promise<EnrolmentToken> => {
    authorize(ctx.actor, "reveal", namespace) // whoever holds the token sees what is delivered
    const { id } = await findEnvironment(ctx, namespace, name)
    const enrolment: Enrolment = { nonce: randomBase62(ctx.randomBytes, NONCE_LENGTH), expiresAt: nowOf(ctx) + ttlMs }
    await ctx.storage.write(async (tx) => {
      await assertKeysCurrent(tx, ctx.keys.current)
      const row = await lockEnvironment(ctx, tx, id)
      if (row === null || row.removedAt !== null) throw environmentNotFound(name)
      await saveEnvironment(ctx, tx, { ...row, enrolment: JSON.stringify(enrolment) })
      await appendEvents(tx, [environmentEvent(ctx, row, { type: "environment_changed", more: { change: "enrolment" } })])
    })
    const { signing } = currentRoot(ctx.keys.current).sandboxes()
    const token = formatEnrolmentToken({ sandboxId: id, secret: enrolmentSecret(ctx, id, enrolment.nonce), storeKey: signing.publicKey })
    return { token: new Redacted(token, "ENROLMENT"), expiresAt: enrolment.expiresAt }
  },
})

/** Derived, not stored: the row holds the nonce alone, and gives no token away. */
const enrolmentSecret = (ctx: StoreContext, id: string, nonce: string): Uint8Array =>
  hmacSha256(currentRoot(ctx.keys.current).sandboxes().enrolments, utf8(canonicalJson([id, nonce])))

/**
 * Pins a daemon's keys, where its statement proves that it holds the token. The token is spent then; the same daemon may say the
 * same again, for its first answer may have been lost. It authorises by the proof alone.
 * @throws SecretError `unauthorized`, alike for a wrong, spent and expired token and for no such environment
 */
export const acceptEnrolment = async (ctx: StoreContext, sandboxId: string, given: unknown): Promise<EnvironmentRow> => {
  const found = await ctx.storage.one("findEnvironmentById", { id: sandboxId })
  if (found === null) throw refusal()
  environmentTags.assert(ctx.keys.current, found)
  if (found.signingKey !== null && isSameAgain(found, given)) return found
  const enrolment = enrolmentOf(found)
  if (enrolment === null || nowOf(ctx) >= enrolment.expiresAt || found.removedAt !== null) throw refusal()
  const body = readEnrolment(ctx, found, { given, enrolment })
  return ctx.storage.write(async (tx) => {
    await assertKeysCurrent(tx, ctx.keys.current)
    const row = await lockEnvironment(ctx, tx, sandboxId)
    if (row !== null && row.signingKey !== null && isSameAgain(row, given)) return row // another call of the same daemon was first
    if (row === null || row.enrolment !== found.enrolment) throw refusal()
    const { sealingKey, signingKey, format, mode, leaseMs } = body
    const left = appliedOf(row).manifest.map(({ key }) => key) // nobody tells the sandbox of before any more
    const enrolled: EnvironmentRow = {
      ...row,
      sealingKey: fromBase64Url(sealingKey),
      signingKey: fromBase64Url(signingKey),
      facts: JSON.stringify({ format, mode, leaseMs }),
      enrolment: null,
      applied: JSON.stringify({ ...NOTHING_APPLIED, answered: row.generation }), // the same daemon may be enrolled again
      sent: null,
      error: null,
      isRevoking: 0,
      contactAt: nowOf(ctx),
    }
    await saveEnvironment(ctx, tx, enrolled)
    await tx.run("markEnvironmentDue", { id: sandboxId, dueAt: nowOf(ctx) })
    await appendEvents(tx, [environmentEvent(ctx, row, { type: "environment_enrolled", more: { isFirst: row.signingKey === null, ...(left.length > 0 && { left }) } })])
    return enrolled
  })
}

const isSameAgain = (row: EnvironmentRow, given: unknown): boolean => {
  const { body } = (given ?? {}) as { body?: { signingKey?: unknown; sealingKey?: unknown } | null }
  const isKey = (text: unknown, key: Uint8Array | null): boolean => typeof text === "string" && key !== null && equalConstantTime(fromBase64Url(text) ?? new Uint8Array(0), key)
  return isKey(body?.signingKey, row.signingKey) && isKey(body?.sealingKey, row.sealingKey)
}

const readEnrolment = (ctx: StoreContext, row: EnvironmentRow, { given, enrolment }: { given: unknown; enrolment: Enrolment }): EnrolmentBody => {
  const key = createMacKey(enrolmentSecret(ctx, row.id, enrolment.nonce))
  const body = provedBody("enrolment", { schema: EnrolmentBody, given, isProof: (bytes, proof) => equalConstantTime(hmacSha256(key, bytes), proof) })
  if (body.sandboxId !== row.id) throw refusal()
  return body
}

const refusal = (): SecretError =>
  new SecretError("unauthorized", "the enrolment token is wrong, spent or expired", { help: "Make another: sotto env enroll NAME" })
