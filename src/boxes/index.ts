/**
 * The entry `sotto/boxes`: end-to-end encrypted boxes, in Node and browsers. It may assume `fetch` and WebCrypto; it must never print
 * anything, and never put a value, a code or a secret key into a URL or an error.
 */
export { ERROR_CODES, SecretError, type SecretErrorCode } from "../base/errors.ts"
export { BoxSecret } from "./client/box-secret.ts"
export type { ClosureDate } from "./client/closure-date.ts"
export { createClient, type BoxClient, type MoveOptions, type ReadOptions } from "./client/create-client.ts"
export type { ListedSecret } from "./client/describe-box.ts"
export type { CallOptions } from "./client/exchange.ts"
export type { IdInput, KeyInput } from "./client/input.ts"
export { exportKey, importKey, type BoxKey, type KeyHolder } from "./client/key-file.ts"
export type { Ok } from "./client/opening.ts"
export type { BoxClientOptions } from "./client/options.ts"
export { safetyNumber } from "./client/safety-number.ts"
export type { BoxState } from "./client/state.ts"
