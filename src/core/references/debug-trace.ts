import { SecretError } from "../../base/errors.ts"

const SWITCHES = ["CI_DEBUG_TRACE", "LOOM_DEBUG_TRACE", "SOTTO_DEBUG_TRACE"]
const ON = /^(true|1|yes|on)$/i

/**
 * A trace prints every command with its variables in place. Asked before any provider is; a secret that may be missing counts too.
 * @param env what the child would see @throws SecretError `SECRETS_UNSAFE_DEBUG_TRACE`
 */
export const assertNoDebugTrace = (
  specs: readonly { name: string; file: boolean }[],
  env: Readonly<Record<string, string | undefined>>,
): void => {
  const exposed = specs.filter(({ file }) => !file).map(({ name }) => name)
  const isOn = SWITCHES.find((name) => ON.test(env[name]?.trim() ?? ""))
  if (exposed.length === 0 || isOn === undefined) return
  throw new SecretError("SECRETS_UNSAFE_DEBUG_TRACE", `${isOn} is on, and ${exposed.join(", ")} would stand in the environment`, {
    details: { variable: isOn, names: exposed },
    help: `Unset ${isOn}, or hand the secrets over as files.`,
  })
}
