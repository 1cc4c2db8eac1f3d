import { utf8 } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import { Redacted } from "../base/redacted.ts"
import type { ProviderAnswer, ProviderSetting } from "../core/ports/provider.ts"
import { parseEnvReference } from "../core/references/env-reference.ts"
import { defineProvider } from "./define-provider.ts"

/** `env://NAME`: variables of this process. Nobody is contacted, and nothing has to be set up. */
export const envProvider = defineProvider({
  scheme: "env",
  parse: parseEnvReference,
  guardedVariables: (references) => references.map(({ name }) => ({ name, isSecret: false })),
  open: async ({ env }) => ({
    calls: 0,
    resolve: async (references) => references.map(({ name }) => answerOf(env, name)),
    close: async () => undefined,
  }),
})

const answerOf = (env: ProviderSetting["env"], name: string): ProviderAnswer => {
  const value = env[name]
  if (value) return { value: new Redacted(utf8(value), name) }
  const reason = value === undefined ? "unset" : "empty"
  return { problem: new SecretError("SECRETS_REQUIRED_MISSING", `the variable is ${reason}`, { details: { reason } }) }
}
