import type { GuardedVariable } from "../../core/ports/provider.ts"
import type { ProviderTable } from "../../core/references/plan-references.ts"
import type { Resolving } from "../../core/references/resolve-references.ts"
import type { Redactor } from "../../redact/create-redactor.ts"
import type { JobEvent } from "./events.ts"
import type { RunFacts } from "./predefined-variables.ts"
import type { RunRecords } from "./run-records.ts"

/** What all jobs of a run have in common. */
export interface JobContext {
  root: string
  /** Of this process. */
  env: Readonly<Record<string, string | undefined>>
  providers: ProviderTable
  setting: Resolving["setting"]
  /** Sources and credentials of all jobs: none of them inherits any. */
  guarded: readonly GuardedVariable[]
  /** Knows the values of every job so far, until the run is over. */
  redactor: Redactor
  records: RunRecords
  facts: RunFacts
  /** Private, on a disk; copies of the workspace lie in it. */
  workFolder: string
  clock: () => number
  signal: AbortSignal
  onEvent: (event: JobEvent) => void
}
