import type { Call } from "../command.ts"
import { withBackend } from "../open-backend.ts"
import { parseWhole } from "../options.ts"
import { workspaceOf } from "../workspace.ts"

export const rollback = async (call: Call): Promise<void> => {
  const { args, screen } = call
  const name = args[0] as string
  const version = parseWhole("VERSION", args[1] as string, { min: 1 })
  const workspace = await workspaceOf(call)
  const written = await withBackend(call, (backend) => backend.rollback({ workspace, name }, version))
  if (screen.isJson) screen.json({ workspace, ...written })
  else screen.note(`${name} in ${workspace} has the value of version ${version} again, as version ${written.version}`)
}
