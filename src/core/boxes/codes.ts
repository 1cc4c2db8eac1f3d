import * as z from "zod/mini"
import { hex, utf8 } from "../../base/bytes.ts"
import { Redacted } from "../../base/redacted.ts"
import { hmacSha256 } from "../../crypto/mac.ts"
import { appendEvents, assertKeysCurrent, nowOf, type StoreContext, type Transaction } from "../context.ts"
import type { BoxCodeRow } from "../ports/box-rows.ts"
import { boxCodeTags } from "../row-tags.ts"
import { currentRoot } from "../store-keys.ts"
import { defineUseCase } from "../use-case.ts"
import { boxEvent, OWN } from "./space.ts"

const CODE_BYTES = 32
const DAY_MS = 86_400_000
const LIFE_MS = 7 * DAY_MS
const LONGEST_LIFE_MS = 365 * DAY_MS
const OPEN = "openSecretSpace"
/** Codes of one holder that wait to be used. */
const CODES_MAX = 100

interface NewCode {
  /** What `newCode` gave. */
  code: string
  action: string
  /** The holder who asks, 32 bytes; empty for the store's own people. */
  creator: Uint8Array
  lifeMs?: number
}

/** 64 hex characters. */
export const newCode = (ctx: StoreContext): string => hex(ctx.randomBytes(CODE_BYTES))

/** Whether a holder may have another code. */
export const hasRoomForCode = async (ctx: StoreContext, tx: Transaction, creator: Uint8Array): Promise<boolean> => {
  const found = await tx.one("countBoxCodes", { creator, now: nowOf(ctx), limit: CODES_MAX })
  return found === null || found.count < CODES_MAX
}

/** Stored as its hash. */
export const insertCode = async (ctx: StoreContext, tx: Transaction, { code, action, creator, lifeMs = LIFE_MS }: NewCode): Promise<void> => {
  const row = { hash: hashOf(ctx, code), action: JSON.stringify(action), creator, createdAt: nowOf(ctx), expiresAt: nowOf(ctx) + lifeMs }
  await tx.run("insertBoxCode", { ...row, tag: boxCodeTags.seal(ctx.keys.current, row) })
}

export interface HeldCode {
  /** 64 hex characters; null for the store's own people. */
  creator: string | null
  /** Uses it up. */
  consume(): Promise<void>
}

interface CodeUse {
  code: string
  action: string
}

/** Whether a code may be used for this now. */
export const isCode = async (ctx: StoreContext, { code, action }: CodeUse): Promise<boolean> =>
  isRightFor(ctx, await ctx.storage.one("findBoxCode", { hash: hashOf(ctx, code) }), action)

/** The same, held until the transaction ends; null for every other code, whatever is wrong with it. */
export const holdCode = async (ctx: StoreContext, tx: Transaction, { code, action }: CodeUse): Promise<HeldCode | null> => {
  const hash = hashOf(ctx, code)
  const row = await tx.one("lockBoxCode", { hash })
  if (!isRightFor(ctx, row, action)) return null
  return {
    creator: row.creator.length > 0 ? hex(row.creator) : null,
    consume: async () => void (await tx.run("deleteBoxCode", { hash })),
  }
}

const isRightFor = (ctx: StoreContext, row: BoxCodeRow | null, action: string): row is BoxCodeRow => {
  if (row === null) return false
  boxCodeTags.assert(ctx.keys.current, row)
  return nowOf(ctx) < row.expiresAt && row.action === JSON.stringify(action)
}

/** Keyed: who reads the database cannot try codes; and so the look-up by it tells nothing by its time. */
const hashOf = (ctx: StoreContext, code: string): Uint8Array => hmacSha256(currentRoot(ctx.keys.current).boxes().codes, utf8(code))

/** A code by which one key pair opens a box here, once. For people of the store: holders of boxes ask over their own protocol. */
export const inviteToBoxes = defineUseCase({
  name: "inviteToBoxes",
  permission: "admin",
  scope: "store",
  events: ["box_code_created"],
  args: () => z.strictObject({ lifeMs: z.optional(z.number("lifeMs must be a number").check(z.minimum(1_000, "lifeMs must be at least 1000"), z.maximum(LONGEST_LIFE_MS, `lifeMs must be at most ${LONGEST_LIFE_MS}`))) }),
  run: async (ctx, { lifeMs = LIFE_MS }): Promise<{ code: Redacted<string>; expiresAt: number }> => {
    const code = newCode(ctx)
    await ctx.storage.write(async (tx) => {
      await assertKeysCurrent(tx, ctx.keys.current)
      await insertCode(ctx, tx, { code, action: OPEN, creator: OWN, lifeMs })
      await appendEvents(tx, [boxEvent(ctx, "box_code_created", { action: OPEN })])
    })
    return { code: new Redacted(code, "BOX_CODE"), expiresAt: nowOf(ctx) + lifeMs }
  },
})
