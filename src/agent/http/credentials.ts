import type { Redacted } from "../../base/redacted.ts"

/** A secret on its way to the one place that its rule names. */
export interface CallSecret {
  key: string
  value: Redacted<string>
}

/** A credential of the caller's own that was not sent. */
export interface StrippedCredential {
  in: "header" | "query" | "body"
  /** Of the header or parameter, or the pointer; never what it held. */
  name: string
}
