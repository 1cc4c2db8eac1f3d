/**
 * The entry `sotto/providers`: for who writes a provider of their own. Values go through it as they are; no message of it may
 * hold one.
 */
export { defineProvider } from "./define-provider.ts"
export { describeProvider, type ProviderUnderTest } from "./describe-provider.ts"
export { SecretError } from "../base/errors.ts"
export { Redacted } from "../base/redacted.ts"
export type { GuardedVariable, Provider, ProviderAnswer, ProviderSession, ProviderSetting } from "../core/ports/provider.ts"
