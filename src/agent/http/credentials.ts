import type { Redacted } from "../../base/redacted.ts"

/** A secret on its way to the one place that its rule names. */
export interface CallSecret {
  key: string
  value: Redacted<string>
}

/** What the caller brought and was not sent, most of it credentials of their own. */
export interface StrippedCredential {
  in: "header" | "query" | "body"
  /** Of the header or parameter, or the pointer; never what it held. */
  name: string
}
