import { SecretError } from "../../base/errors.ts"
import type { Call } from "../command.ts"
import { withBackend } from "../open-backend.ts"

export const createWorkspace = async (call: Call): Promise<void> => {
  const id = call.args[0] as string
  await withBackend(call, (backend) => backend.createWorkspace(id))
  if (call.screen.isJson) call.screen.json({ id })
  else call.screen.note(`Made the workspace ${id}`)
}

export const listWorkspaces = async (call: Call): Promise<void> => {
  const ids = await withBackend(call, (backend) => backend.listWorkspaces())
  call.screen.show(
    ids.map((id) => ({ id })),
    () => ids.join("\n"),
  )
}

export const removeWorkspace = async (call: Call): Promise<void> => {
  const id = call.args[0] as string
  if (!call.options.flag("yes"))
    throw new SecretError("invalid_argument", `this deletes every secret of ${id} with all versions`, { help: "Say --yes if you mean it." })
  await withBackend(call, (backend) => backend.deleteWorkspace(id))
  if (call.screen.isJson) call.screen.json({ id, removed: true })
  else call.screen.note(`Deleted the workspace ${id} with its secrets`)
}
