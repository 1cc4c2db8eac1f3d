import { SecretError } from "../../base/errors.ts"
import { assertKeysCurrent, type StoreContext, type Transaction } from "../context.ts"
import { DEFAULT_NAMESPACE } from "../limits.ts"
import type * as z from "zod/mini"
import { defineUseCase } from "../use-case.ts"
import { assertWorkspaceExists } from "../access/find-workspace.ts"
import { assertMayAskFor } from "../policy/agent-rules.ts"
import type { RequestRow } from "../ports/rows.ts"
import { bodyText, type Variable } from "./request-body.ts"
import { REQUEST_LIMITS } from "./request-limits.ts"
import { newRequestRow, openRequest } from "./request-row.ts"
import { CreateRequestArgs } from "./request-shapes.ts"
import { findAsked, viewOf, type RequestView } from "./request-view.ts"

/** Without an id where nothing was left to ask. */
export type CreatedRequest = Omit<RequestView, "requestId"> & { requestId?: string }

/**
 * Asks the person who answers for the caller. The same open question is the same request; what is there already is `provided`
 * at once, and no request is made, unless `replace`.
 * @throws SecretError `invalid_argument`, `forbidden` for keys that may not be asked for, `rate_limited`
 */
export const createRequest = defineUseCase({
  name: "createRequest",
  permission: "request",
  scope: "workspace",
  events: ["request_created"],
  args: CreateRequestArgs,
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, ...asked }): Promise<CreatedRequest> => {
    await assertWorkspaceExists(ctx, namespace)
    return ctx.storage.write(async (tx) => {
      await assertKeysCurrent(tx, ctx.keys.current)
      const row = await requestRowFor(ctx, tx, { namespace, ...asked })
      const { requestId: _unused, ...settled } = await viewOf(ctx, tx, row)
      if (settled.status === "provided") return settled
      return viewOf(ctx, tx, await openRequest(ctx, tx, row))
    })
  },
})

type Asked = Omit<z.output<ReturnType<typeof CreateRequestArgs>>, "namespace"> & { namespace: string; runId?: string; transition?: string }

/** The row of a request for values, its keys checked; not yet put. */
export const requestRowFor = async (ctx: StoreContext, tx: Transaction, asked: Asked): Promise<RequestRow> => {
  const variables = mergeDuplicates(asked.variables)
  const keys = variables.map(({ key }) => key)
  await assertMayAskFor(ctx, tx, asked.namespace, keys)
  const found = await findAsked(ctx, tx, asked.namespace, keys)
  const replace = asked.replace ?? false
  const before = Object.fromEntries(replace ? keys.map((key) => [key, found.get(key)?.number ?? 0]) : [])
  return newRequestRow(ctx, {
    namespace: asked.namespace,
    kind: "values",
    body: bodyText({ variables, ...(asked.reason !== undefined && { reason: asked.reason }), replace, use: asked.use ?? [], before }),
    question: [keys.toSorted(), replace, asked.runId ?? null],
    ttlMs: asked.ttlMs ?? REQUEST_LIMITS.ttlDefaultMs,
    ...(asked.runId !== undefined && { runId: asked.runId }),
    ...(asked.transition !== undefined && { transition: asked.transition }),
  })
}

/** The first mention of a key counts; it is required where any mention requires it. */
const mergeDuplicates = (variables: readonly Variable[]): Variable[] => {
  const merged = new Map<string, Variable>()
  for (const variable of variables) {
    const first = merged.get(variable.key)
    const isOptional = variable.optional === true && (first === undefined || first.optional === true)
    merged.set(variable.key, { ...variable, ...first, ...(variable.optional !== undefined || first?.optional !== undefined ? { optional: isOptional } : {}) })
  }
  if (merged.size === 0) throw new SecretError("invalid_argument", "variables must not be empty")
  return [...merged.values()]
}
