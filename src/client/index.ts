/**
 * The entry `sotto/client`: a server's client for browsers and Node. It may assume `fetch`; it must never put a value or a
 * token into a URL or an error.
 */
export { ERROR_CODES, SecretError, type SecretErrorCode } from "../base/errors.ts"
export { createClient, type Client } from "./create-client.ts"
export type { SecretChange } from "./event-stream.ts"
export { RevealedSecret, RevealedSecretDetails } from "./revealed-secret.ts"
export type { CallOptions, ClientOptions } from "./transport.ts"
