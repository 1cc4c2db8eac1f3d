import * as z from "zod/mini"
import type { StoreContext } from "./context.ts"
import type { EventType } from "./event.ts"
import { DEFAULT_NAMESPACE } from "./limits.ts"
import { Namespace } from "./shapes.ts"
import { defineUseCase } from "./use-case.ts"

/** What happened in one span of time. */
export interface ActivitySpan {
  /** Milliseconds since 1970; the span ends where the next begins. */
  from: number
  reads: number
  writes: number
  denials: number
}

const SPANS_MAX = 100

const KINDS: Readonly<Record<Exclude<keyof ActivitySpan, "from">, readonly EventType[]>> = {
  reads: ["read", "exported", "used"],
  writes: ["created", "updated", "rolled_back", "deleted"],
  denials: ["denied"],
}

const time = (what: string) => z.number(`${what} must be a time`).check(z.refine((at) => Number.isSafeInteger(at) && at >= 0, `${what} must be a time in milliseconds`))

const ActivityArgs = () =>
  z
    .strictObject({
      namespace: z.optional(Namespace),
      since: time("since"),
      until: time("until"),
      spans: z.number("spans must be a number").check(z.refine((n) => Number.isInteger(n) && n >= 1 && n <= SPANS_MAX, `spans must be a whole number from 1 to ${SPANS_MAX}`)),
    })
    .check(z.refine(({ since, until, spans }) => until - since >= spans, "until must lie behind since"))

/** How often secrets of a workspace were read, written and denied, in spans of equal length: counts alone, of an index. */
export const activity = defineUseCase({
  name: "activity",
  permission: "audit",
  scope: "workspace",
  events: [],
  args: ActivityArgs,
  run: (ctx, { namespace = DEFAULT_NAMESPACE, since, until, spans }): Promise<ActivitySpan[]> => {
    const edge = (i: number): number => since + Math.floor(((until - since) * i) / spans)
    return Promise.all(Array.from({ length: spans }, (_, i) => countSpan(ctx, namespace, edge(i), edge(i + 1))))
  },
})

const countSpan = async (ctx: StoreContext, namespace: string, from: number, until: number): Promise<ActivitySpan> => {
  const count = async (types: readonly EventType[]): Promise<number> => {
    const counts = await Promise.all(types.map((type) => ctx.storage.one("countEvents", { namespace, type, since: from, until })))
    return counts.reduce((sum, row) => sum + (row?.count ?? 0), 0)
  }
  const [reads, writes, denials] = await Promise.all([count(KINDS.reads), count(KINDS.writes), count(KINDS.denials)])
  return { from, reads, writes, denials }
}
