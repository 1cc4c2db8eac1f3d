import type * as z from "zod/mini"
import type { RequestRow } from "../ports/rows.ts"
import type { Principal } from "../principal.ts"
import type { ProposedUse, Variable } from "./request-shapes.ts"

export type Variable = z.output<typeof Variable>
export type ProposedUse = z.output<typeof ProposedUse>

/** What a request for values asks. */
export interface ValuesBody {
  variables: Variable[]
  reason?: string
  replace: boolean
  use: ProposedUse[]
  /** The versions that the keys had when the request was made; only with `replace`. */
  before: Record<string, number>
}

/** What a request for approval asks: may this call be made? */
export interface ApproveBody {
  keys: string[]
  /** One line for a person: the command, or method, host and path. */
  call: string
  /** `session`: for all calls under the same rules until the approval ends. */
  scope: "once" | "session"
}

/** What became of it. Names only. */
export interface Outcome {
  stored: string[]
  kept: string[]
  skipped: string[]
  /** Positions in `use` that the person allowed. */
  allowed: number[]
  /** When an approval was spent. */
  usedAt?: number
}

export const bodyText = (body: ValuesBody | ApproveBody): string => JSON.stringify(body)
export const outcomeText = (outcome: Outcome): string => JSON.stringify(outcome)

export const valuesBodyOf = (row: RequestRow): ValuesBody => JSON.parse(row.body) as ValuesBody
export const approveBodyOf = (row: RequestRow): ApproveBody => JSON.parse(row.body) as ApproveBody
export const requesterOf = (row: RequestRow): Principal => JSON.parse(row.requester) as Principal

const NOTHING: Outcome = { stored: [], kept: [], skipped: [], allowed: [] }
export const outcomeOf = (row: RequestRow): Outcome => (row.outcome === null ? NOTHING : (JSON.parse(row.outcome) as Outcome))
