import { fromUtf8 } from "../base/bytes.ts"
import { nowOf, type StoreContext } from "../core/context.ts"
import type { EventRow } from "../core/ports/rows.ts"
import { getRequest } from "../core/requests/read-requests.ts"
import type { RequestView } from "../core/requests/request-view.ts"

/**
 * The request once it is settled, or as it stands after `waitMs`, or when the call ends. Woken by the store's own events:
 * nothing is asked meanwhile.
 */
export const waitForRequest = async (ctx: StoreContext, requestId: string, { waitMs, signal }: { waitMs: number; signal?: AbortSignal | undefined }): Promise<RequestView> => {
  let wake: () => void = () => undefined
  const stopWatching = ctx.storage.watch((rows) => {
    if (rows.some((row) => concerns(row, requestId))) wake()
  })
  const onAbort = (): void => wake()
  signal?.addEventListener("abort", onAbort, { once: true })
  const until = Date.now() + waitMs
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => (wake = resolve)) // before the look: what happens meanwhile is not missed
      const view = await getRequest(ctx, { requestId })
      const leftMs = Math.min(until - Date.now(), view.expiresAt - nowOf(ctx) + 1)
      if (view.status !== "pending" || leftMs <= 0 || signal?.aborted === true) return view
      await orLater(changed, leftMs)
    }
  } finally {
    stopWatching()
    signal?.removeEventListener("abort", onAbort)
  }
}

const orLater = async (changed: Promise<void>, ms: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const later = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([changed, later])
  clearTimeout(timer)
}

/** An answer stores values and settles a request in one step: its own event tells. */
const concerns = (row: EventRow, requestId: string): boolean => row.type.startsWith("request_") && fromUtf8(row.body).includes(requestId)
