/**
 * The package's main entry: the encrypted store. It may assume Node; it must never print, and never keep a value longer than
 * the call that asked for it.
 */
export { ERROR_CODES, SecretError, type SecretErrorCode } from "../base/errors.ts"
export type { Clock } from "../base/clock.ts"
export { defineKeys } from "../core/key-ring-text.ts"
export type { AuditEvent, EventType } from "../core/event.ts"
export type { KeyWrapper, UnwrapRequest, WrapRequest } from "../core/ports/key-wrapper.ts"
export type { MaintainOptions, MaintainResult } from "../core/maintain.ts"
export type { Principal } from "../core/principal.ts"
export type { KeysOption } from "./key-source.ts"
export type { OpenOptions } from "./open-context.ts"
export { isSecretStoreError, openStore } from "./open-store.ts"
export type { EventFilters, ListedSecret, ListFilters, PutResult, Reading, SecretStore, UnavailableReason } from "./secret-store.ts"
