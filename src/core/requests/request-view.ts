import { nowOf, type Reads, type StoreContext } from "../context.ts"
import { readPolicy } from "../policy/read-policy.ts"
import { coversRule } from "../policy/cover.ts"
import type { RequestRow, SecretRow } from "../ports/rows.ts"
import type { Principal } from "../principal.ts"
import { isExpired } from "../read-secret.ts"
import { secretTags } from "../row-tags.ts"
import { approveBodyOf, outcomeOf, requesterOf, valuesBodyOf, type ProposedUse, type ValuesBody, type Variable } from "./request-body.ts"

export const REQUEST_STATUSES = ["pending", "provided", "partial", "declined", "cancelled", "expired"] as const
export type RequestStatus = (typeof REQUEST_STATUSES)[number]

/** A request as its two sides see it. Names only. */
export interface RequestView {
  requestId: string
  namespace: string
  kind: "values" | "approve"
  /** What the store says, whatever anybody claims. */
  status: RequestStatus
  requester: Principal
  reason?: string
  variables: (Variable & { isSet: boolean })[]
  use: ProposedUse[]
  /** Of a request for approval: the call in one line. */
  call?: string
  /** `session`: the approval is also for other calls under the same rules, until the agent's session ends. */
  scope?: "once" | "session"
  provided: string[]
  missing: string[]
  /** Keys that the person chose not to give. */
  declined: string[]
  createdAt: number
  expiresAt: number
  settledAt?: number
}

/** What stands in the store of the keys that were asked for, each row proved. */
export const findAsked = async (ctx: StoreContext, reads: Reads, namespace: string, keys: readonly string[]): Promise<Map<string, SecretRow>> => {
  const found = new Map<string, SecretRow>()
  for (const name of keys) {
    const row = await reads.one("findSecret", { namespace, name })
    if (row === null) continue
    secretTags.assert(ctx.keys.current, row)
    found.set(name, row)
  }
  return found
}

/** A key is there with a value that has not expired. */
export const isSet = (row: SecretRow | undefined, now: number): row is SecretRow =>
  row !== undefined && row.hasValue === 1 && !isExpired(row, now)

/** The status is worked out from the store each time: nobody's word counts. */
export const viewOf = async (ctx: StoreContext, reads: Reads, row: RequestRow): Promise<RequestView> => {
  const facts = {
    requestId: row.id,
    namespace: row.namespace,
    kind: row.kind,
    requester: requesterOf(row),
    declined: outcomeOf(row).skipped,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    ...(row.settledAt !== null && { settledAt: row.settledAt }),
  }
  if (row.kind === "approve") return { ...facts, ...approvalFacts(row, nowOf(ctx)) }
  const body = valuesBodyOf(row)
  const found = await findAsked(ctx, reads, row.namespace, body.variables.map(({ key }) => key))
  return { ...facts, ...valueFacts(row, body, found, nowOf(ctx)) }
}

const approvalFacts = (row: RequestRow, now: number) => {
  const { keys, call, scope } = approveBodyOf(row)
  const status = closedStatus(row, now) ?? (row.state === "answered" ? "provided" : "pending")
  return { status, variables: [], use: [], call, scope, provided: status === "provided" ? keys : [], missing: status === "provided" ? [] : keys }
}

const closedStatus = (row: RequestRow, now: number): RequestStatus | null => {
  if (row.state === "declined" || row.state === "cancelled" || row.state === "expired") return row.state
  return row.state === "open" && now >= row.expiresAt ? "expired" : null
}

const valueFacts = (row: RequestRow, body: ValuesBody, found: ReadonlyMap<string, SecretRow>, now: number) => {
  const set = body.variables.map((variable) => ({ ...variable, isSet: isSet(found.get(variable.key), now) }))
  const isProvided = ({ key, isSet: is }: { key: string; isSet: boolean }): boolean =>
    is && (!body.replace || (found.get(key) as SecretRow).number > (body.before[key] ?? 0))
  const provided = set.filter(isProvided)
  const missing = set.filter((each) => !isProvided(each))
  const isComplete = missing.every(({ optional }) => optional === true)
  const isNothingLeft = isComplete && (row.state === "answered" || (provided.length > 0 && openUses(body, found).length === 0))
  return {
    status: statusOf(row, isNothingLeft, now),
    ...(body.reason !== undefined && { reason: body.reason }),
    variables: set,
    use: body.use,
    provided: provided.map(({ key }) => key),
    missing: missing.map(({ key }) => key),
  }
}

const statusOf = (row: RequestRow, isNothingLeft: boolean, now: number): RequestStatus => {
  if (row.state === "declined" || row.state === "cancelled") return row.state
  if (isNothingLeft) return "provided"
  return row.state === "answered" ? "partial" : (closedStatus(row, now) ?? "pending")
}

/** Proposed uses that no policy allows yet. */
export const openUses = (body: ValuesBody, found: ReadonlyMap<string, SecretRow>): ProposedUse[] =>
  body.use.filter((use) => {
    const row = found.get(use.key)
    return row === undefined || !coversRule(readPolicy(row), use)
  })
