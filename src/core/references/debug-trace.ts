import { SecretError } from "../../base/errors.ts"
import type { SecretSpec } from "./secret-spec.ts"

/** Each makes a shell print the commands it runs, with the variables in them. */
const SWITCHES = ["CI_DEBUG_TRACE", "SOTTO_DEBUG_TRACE", "LOOM_DEBUG_TRACE"] as const

const ON = /^\s*(true|1|yes|on)\s*$/i

/**
 * Refuses to put a value into the environment while a debug trace is on; files are safe, because a trace shows their path.
 * Ask before any provider is contacted. @param env what the command will see
 * @throws SecretError `SECRETS_UNSAFE_DEBUG_TRACE`
 */
export const assertNoDebugTrace = (specs: readonly SecretSpec[], env: Readonly<Record<string, string | undefined>>): void => {
  const variable = SWITCHES.find((each) => ON.test(env[each] ?? ""))
  const names = specs.filter(({ file }) => !file).map(({ name }) => name)
  if (variable === undefined || names.length === 0) return
  throw new SecretError("SECRETS_UNSAFE_DEBUG_TRACE", `${variable} is on, and these would stand in the environment: ${names.join(", ")}`, {
    details: { reason: "debug_trace", variable, names },
    help: `Unset ${variable}, or have them as files.`,
  })
}
