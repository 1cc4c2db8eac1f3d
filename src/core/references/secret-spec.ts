import type { Redacted } from "../../base/redacted.ts"

/** What a job, an env file or an option asks for: one variable, and where its value is. */
export interface SecretSpec {
  /** The variable; also the name in markers. */
  name: string
  reference: string
  /** true: the variable holds the path of a file with the value. */
  file: boolean
  /** false: without a value the variable is not set, and the work goes on. */
  required: boolean
}

/** A spec whose value is at hand. */
export interface ResolvedSecret {
  name: string
  scheme: string
  file: boolean
  value: Redacted<Uint8Array>
}
