import { assertNoAgent } from "../agent-shell.ts"
import type { Call } from "../command.ts"
import { withBackend } from "../open-backend.ts"
import { workspaceOf } from "../workspace.ts"

export const get = async (call: Call): Promise<void> => {
  const { args, env, options, screen } = call
  assertNoAgent(env, "get")
  const name = args[0] as string
  const version = options.whole("version", { min: 1 })
  const workspace = await workspaceOf(call)
  const read = await withBackend(call, (backend) => backend.get({ workspace, name, ...(version !== undefined && { version }) }))
  if (screen.isJson) screen.json({ workspace, ...read })
  else screen.write(screen.isTerminal.stdout ? `${read.value}\n` : read.value)
}
