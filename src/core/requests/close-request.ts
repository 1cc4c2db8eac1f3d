import { appendEvents, nowOf, type StoreContext } from "../context.ts"
import { defineUseCase } from "../use-case.ts"
import { resumeRun } from "./resume-run.ts"
import { outcomeText } from "./request-body.ts"
import { assertOpen, lockRequest, requestEvent, saveRequest, type Side } from "./request-row.ts"
import { RequestRef } from "./request-shapes.ts"
import { viewOf, type RequestView } from "./request-view.ts"

const close = (ctx: StoreContext, requestId: string, how: { state: "declined" | "cancelled"; side: Side }): Promise<RequestView> =>
  ctx.storage.write(async (tx) => {
    const row = await lockRequest(ctx, tx, requestId, [how.side])
    assertOpen(ctx, row)
    const outcome = outcomeText({ stored: [], kept: [], skipped: [], allowed: [] })
    const closed = { ...row, state: how.state, openKey: null, codeHash: null, formHash: null, settledAt: nowOf(ctx), outcome }
    await saveRequest(ctx, tx, closed)
    await appendEvents(tx, [requestEvent(ctx, closed, how.state === "declined" ? "request_declined" : "request_cancelled")])
    await resumeRun(ctx, tx, closed)
    return viewOf(ctx, tx, closed)
  })

/** The person who is asked says no. @throws SecretError `not_found`, `request_closed` */
export const declineRequest = defineUseCase({
  name: "declineRequest",
  permission: null,
  scope: "workspace",
  events: ["request_declined"],
  args: RequestRef,
  run: (ctx, { requestId }) => close(ctx, requestId, { state: "declined", side: "asked" }),
})

/** Whoever asked takes the question back. @throws SecretError `not_found`, `request_closed` */
export const cancelRequest = defineUseCase({
  name: "cancelRequest",
  permission: null,
  scope: "workspace",
  events: ["request_cancelled"],
  args: RequestRef,
  run: (ctx, { requestId }) => close(ctx, requestId, { state: "cancelled", side: "requester" }),
})
