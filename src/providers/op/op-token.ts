import type { ProviderSetting } from "../../core/ports/provider.ts"
import { unavailable } from "../answers.ts"

/** What the settings say below `providers.op`. */
export interface OpConfig {
  serviceAccountTokenEnv?: string
}

export const DEFAULT_TOKEN_VARIABLE = "OP_SERVICE_ACCOUNT_TOKEN"

export const tokenVariableOf = (config: unknown): string => (config as OpConfig | undefined)?.serviceAccountTokenEnv ?? DEFAULT_TOKEN_VARIABLE

/** Where the settings name another variable, the usual one does not take its place. @throws SecretError `SECRETS_PROVIDER_UNAVAILABLE` */
export const opTokenOf = ({ env, config }: Pick<ProviderSetting, "env" | "config">): string => {
  const variable = tokenVariableOf(config)
  const token = (env[variable] ?? "").trim()
  if (token !== "") return token
  throw unavailable("not_configured", `${variable} is not set, and without a service account token 1Password cannot be asked`, `Set ${variable}.`)
}
