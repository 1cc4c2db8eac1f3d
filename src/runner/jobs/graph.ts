import type { SecretSpec } from "../../core/references/secret-spec.ts"

/** What a job file comes down to: literal text and references, never a value. Printed as JSON by `sotto jobs compile`, kept in receipts. */
export interface JobGraph {
  version: "v1"
  /** Path of the job file, from the folder it is run in, with `/`. */
  file: string
  stages: readonly string[]
  /** In the order of stages, and in a stage as they are declared. */
  jobs: readonly GraphJob[]
}

export interface GraphJob {
  name: string
  stage: string
  /** Where it runs: `linux`. */
  target: string
  /** Name of a container image; the job runs on this machine where it is absent. */
  image?: string
  /** Jobs that must have succeeded before it starts: those of its `needs` where it has that key, else all of earlier stages. */
  after: readonly string[]
  /** Merged: job over default over file. Predefined ones are not among them. */
  variables: Readonly<Record<string, string>>
  secrets: readonly SecretSpec[]
  /** Each entry is one step. */
  script: readonly string[]
}
