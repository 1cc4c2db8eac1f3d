/**
 * The entry `sotto/redact`: masks known values in texts and streams. It runs in browsers; it must never let a registered value
 * pass, nor show a part of one.
 */
export { createRedactor, type NamedValue, type Redactor, type RedactorOptions } from "./create-redactor.ts"
export type { RedactorWarning } from "./secret-set.ts"
export type { StreamFilter } from "./stream-filter.ts"
export type { RedactionCount } from "./tally.ts"
export type { VariantKind, VariantSwitches } from "./variants/kinds.ts"
