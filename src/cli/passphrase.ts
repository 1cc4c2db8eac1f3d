import { SecretError } from "../base/errors.ts"
import type { AskPassphrase } from "../store/key-file.ts"
import type { Call } from "./command.ts"

/** SOTTO_KEYS_PASSPHRASE, else asked for without echo. */
export const askPassphraseOf =
  ({ env, screen }: Pick<Call, "env" | "screen">): AskPassphrase =>
  async () => {
    const given = env.SOTTO_KEYS_PASSPHRASE
    if (given !== undefined && given !== "") return given
    if (!screen.isTerminal.stdin) throw noPassphrase()
    const { promptHidden } = await import("./prompt.ts")
    return promptHidden(screen, "Passphrase of the key ring: ")
  }

const noPassphrase = (): SecretError =>
  new SecretError("invalid_keys", "the key file is sealed with a passphrase, and there is no terminal to ask for it", {
    help: "Set SOTTO_KEYS_PASSPHRASE.",
  })
