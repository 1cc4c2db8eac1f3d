import { SecretError } from "../../base/errors.ts"
import { readServerSettings } from "../../server/settings.ts"
import { assertNoAgent } from "../agent-shell.ts"
import type { Call } from "../command.ts"
import { assertLocal } from "../open-backend.ts"
import { openLocalStore } from "../open-local-store.ts"
import { makeSignInLink, reachableUrl } from "../sign-in-link.ts"

export const open = async (call: Call): Promise<void> => {
  const { env, options, screen } = call
  assertLocal(call, "open")
  assertNoAgent(env, "open")
  if (!screen.isTerminal.stdout && !options.flag("print"))
    throw new SecretError("invalid_argument", "a sign-in link is printed to a terminal only", { help: "Say --print to print it anyway." })
  const settings = readServerSettings(env)
  const base = options.text("url") ?? reachableUrl(settings, `http://${settings.host}:${settings.port}`)
  const store = await openLocalStore(call)
  try {
    const url = await makeSignInLink(store.ctx, base)
    screen.show({ url }, () => url)
    screen.note("It signs one person in, once, within ten minutes.")
  } finally {
    await store.close()
  }
}
