import { SecretError } from "../../base/errors.ts"
import type { Call } from "../command.ts"
import { withBackend } from "../open-backend.ts"
import { workspaceOf } from "../workspace.ts"

export const rm = async (call: Call): Promise<void> => {
  const { args, options, screen } = call
  const name = args[0] as string
  const ifVersion = options.whole("if-version", { min: 1 })
  const workspace = await workspaceOf(call)
  const { removed } = await withBackend(call, (backend) =>
    backend.remove({ workspace, name, ...(ifVersion !== undefined && { ifVersion }) }),
  )
  if (!removed) throw new SecretError("not_found", `there is no secret of that name in ${workspace}`)
  if (screen.isJson) screen.json({ workspace, name, removed })
  else screen.note(`Removed ${name} from ${workspace} with all its versions`)
}
