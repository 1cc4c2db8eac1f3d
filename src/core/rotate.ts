import type * as z from "zod/mini"
import { SecretError } from "../base/errors.ts"
import { assertKeysFresh, nowOf, type StoreContext } from "./context.ts"
import { beginReencryption, finishReencryption, reencryptBatch } from "./reencrypt.ts"
import type { BatchRequest, BatchResult, Walk } from "./ports/rotation.ts"
import { rewrapBatch } from "./rotate-batch.ts"
import { readRotationStatus } from "./rotation-status.ts"
import { WALK_START } from "./rotation-walk.ts"
import { RotateArgs, type RotationProgress } from "./shapes.ts"
import { defineUseCase, withFreshKeys } from "./use-case.ts"

export interface RotateResult extends RotationProgress {
  /** `remaining === 0`; false for an aborted run. */
  isDone: boolean
}

const REWRAP_BATCH = 250
/** A version may hold 64 KiB, and ten of them belong to a secret: small batches keep memory flat. */
const REENCRYPT_BATCH = 16

/**
 * Moves every stored version to the active key, to the end; no value changes. `reencrypt` gives each version a new DEK and
 * the store a new root besides. Stopped anywhere and started again, it finishes; many processes share the work.
 */
export const rotate = defineUseCase({
  name: "rotate",
  permission: "admin",
  scope: "store",
  events: ["rotated", "keyring_reencrypted"],
  args: RotateArgs,
  run: async (ctx, args): Promise<RotateResult> => {
    if (args.dryRun === true) return dryRun(ctx, args.reencrypt === true)
    assertHoldsActiveKey(ctx)
    const isReencryption = args.reencrypt === true || ctx.keys.current.roots.size > 1
    return isReencryption ? reencryptAll(ctx, args) : rewrapAll(ctx, args)
  },
})

type Args = z.output<ReturnType<typeof RotateArgs>>

/** Rows above the ring's own highest version belong to a newer ring; this one can move nothing. */
const assertHoldsActiveKey = (ctx: StoreContext): void => {
  const { activeKeyVersion, wrapper } = ctx.keys.current
  if (wrapper.versions.includes(activeKeyVersion)) return
  throw new SecretError("invalid_keys", `the store writes under key version ${activeKeyVersion}, which this key ring lacks`, {
    details: { expected: activeKeyVersion, held: [...wrapper.versions] },
  })
}

const dryRun = async (ctx: StoreContext, isReencryption: boolean): Promise<RotateResult> => {
  const status = await readRotationStatus(ctx)
  const all = status.keys.reduce((total, key) => total + (key.isAtHand ? key.versions : 0), 0)
  const remaining = isReencryption ? all : status.remaining
  return { rotated: 0, skipped: status.unavailable, remaining, isDone: remaining === 0 }
}

const rewrapAll = async (ctx: StoreContext, args: Args): Promise<RotateResult> => {
  const before = await readRotationStatus(ctx)
  const walked = await walkToEnd(ctx, args, { mode: "rewrap", total: before.remaining, unavailable: before.unavailable })
  const after = await readRotationStatus(ctx)
  const remaining = Math.max(after.remaining - walked.skipped, 0)
  return { rotated: walked.rotated, skipped: after.unavailable + walked.skipped, remaining, isDone: remaining === 0 }
}

const reencryptAll = async (ctx: StoreContext, args: Args): Promise<RotateResult> => {
  await beginReencryption(ctx)
  const { keys } = await readRotationStatus(ctx)
  const total = keys.reduce((sum, key) => sum + key.versions, 0)
  const { rotated, skipped, isAborted } = await walkToEnd(ctx, args, { mode: "reencrypt", total, unavailable: 0 })
  if (isAborted) return { rotated, skipped, remaining: Math.max(total - rotated - skipped, 1), isDone: false }
  if (skipped === 0) await finishReencryption(ctx)
  return { rotated, skipped, remaining: 0, isDone: true }
}

interface Course {
  mode: BatchRequest["mode"]
  /** For progress: how much there was to do. */
  total: number
  unavailable: number
}

interface Walked {
  rotated: number
  /** As the last walk, which saw everything, counted it. */
  skipped: number
  isAborted: boolean
}

/** First the walk that is shared with other workers, then alone, until one whole walk finds nothing more to do. */
const walkToEnd = async (ctx: StoreContext, args: Args, course: Course): Promise<Walked> => {
  let rotated = 0
  for (let walk: Walk = "shared"; ; walk = WALK_START) {
    const pass = await walkOnce(ctx, args, { ...course, walk, done: rotated })
    rotated += pass.rotated
    if (pass.isAborted || (walk !== "shared" && pass.rotated === 0)) return { ...pass, rotated }
  }
}

const walkOnce = async (ctx: StoreContext, args: Args, course: Course & { walk: Walk; done: number }): Promise<Walked> => {
  const { mode, total, unavailable, done } = course
  const batchSize = args.batchSize ?? (mode === "rewrap" ? REWRAP_BATCH : REENCRYPT_BATCH)
  const result = { rotated: 0, skipped: 0, isAborted: false }
  for (let walk: Walk | null = course.walk; walk !== null; ) {
    if (args.signal?.aborted) return { ...result, isAborted: true }
    const batch: BatchResult = await (ctx.rotateBatch ?? rotateBatch)(ctx, { mode, walk, at: nowOf(ctx), batchSize })
    result.rotated += batch.rotated
    result.skipped += batch.skipped
    const rotated = done + result.rotated
    if (batch.rotated > 0)
      args.onProgress?.({ rotated, skipped: unavailable + result.skipped, remaining: Math.max(total - rotated - result.skipped, 0) })
    walk = batch.next
  }
  return result
}

/** One step of the walk, where the caller stands. */
export const rotateBatch = (ctx: StoreContext, request: BatchRequest): Promise<BatchResult> =>
  withFreshKeys(ctx, async () => {
    await assertKeysFresh(ctx.storage, ctx.keys.current)
    return request.mode === "rewrap" ? rewrapBatch(ctx, request) : reencryptBatch(ctx, request)
  })
