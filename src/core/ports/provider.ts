import type { SecretError } from "../../base/errors.ts"
import type { Redacted } from "../../base/redacted.ts"

/** What a provider may look at. It reads no other environment and no other file of settings. */
export interface ProviderSetting {
  /** The environment of the process that resolves; never the variables of a job. */
  env: Readonly<Record<string, string | undefined>>
  /** What the files of settings say for this provider: the part below `providers.<scheme>`, shape checked by the provider. */
  config: unknown
  /** Aborted by a timeout or Ctrl-C. */
  signal: AbortSignal
}

/** Where references of one scheme lead. */
export interface Provider<Reference = unknown> {
  /** Lower case, without `://`. */
  readonly scheme: string
  /** @throws SecretError `SECRETS_REF_INVALID`; looks at nothing but the text */
  parse(reference: string): Reference
  /**
   * Variables that hold credentials, or sources, of this provider: a child process never inherits them, and their values are
   * redacted like secrets where `isSecret` says so.
   */
  guardedVariables?(references: readonly Reference[], setting: Omit<ProviderSetting, "signal">): readonly GuardedVariable[]
  /** Once for each run. @throws SecretError `SECRETS_PROVIDER_UNAVAILABLE` */
  open(setting: ProviderSetting): Promise<ProviderSession<Reference>>
}

export interface GuardedVariable {
  name: string
  isSecret: boolean
}

/** One batch of answers. */
export interface ProviderSession<Reference = unknown> {
  /**
   * One answer for each reference, in their order. What concerns one reference is an answer; what concerns all of them is
   * thrown as `SECRETS_PROVIDER_UNAVAILABLE`. No message holds a value, a credential, or what a library said.
   */
  resolve(references: readonly Reference[]): Promise<readonly ProviderAnswer[]>
  /** Requests made of the other side so far, for receipts: unlocks of a database, calls of a service. */
  readonly calls: number
  close(): Promise<void>
}

/** Bytes as they are: nothing trimmed, nothing decoded. `problem` has a code `SECRETS_*` and a `details.reason`. */
export type ProviderAnswer = { value: Redacted<Uint8Array> } | { problem: SecretError }
