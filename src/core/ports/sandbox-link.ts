/** A call to a sandbox that listens. */
export interface SandboxCall {
  address: string
  /** What is asked: how it stands, its enrolment, or to take a statement. */
  path: "hello" | "enrolment" | "messages"
  /** Sent as JSON. */
  body?: unknown
  /** Whether the address may be of a private network. */
  allowsPrivate: boolean
  timeoutMs: number
  /** Of the answer; a longer one is cut off and refused. */
  maxBytes: number
  signal?: AbortSignal
}

/** The way to sandboxes that listen. What they answer is data from a hostile place: parsed JSON, not checked. */
export interface SandboxLink {
  /** @throws SecretError `server_unreachable`, `forbidden` for an address that may not be reached, `payload_too_large`, `unauthorized` */
  call(call: SandboxCall): Promise<unknown>
}
