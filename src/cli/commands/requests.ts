import type { RequestView } from "../../core/requests/request-view.ts"
import { assertPersonsShell } from "../agent-shell.ts"
import type { Call } from "../command.ts"
import { withBackend } from "../open-backend.ts"
import { table, time } from "../table.ts"
import { visible } from "../visible.ts"
import { workspaceOf } from "../workspace.ts"

export const listRequests = async (call: Call): Promise<void> => {
  const workspace = await workspaceOf(call)
  const found = await withBackend(call, ({ requests }) => requests.list(workspace, call.options.flag("all")))
  if (found.length > 0 || call.screen.isJson) call.screen.show(found, () => table(HEADINGS, found.map(row)))
  else call.screen.note(`Nobody asks you for anything in ${workspace}`)
}

const HEADINGS = ["ID", "STATUS", "WHO ASKS", "FOR", "UNTIL"]

const row = ({ requestId, status, requester, variables, call, expiresAt }: RequestView): string[] => [
  requestId,
  status,
  visible(requester.name),
  call === undefined ? variables.map(({ key }) => key).join(", ") : `to allow: ${visible(call)}`,
  time(expiresAt),
]

export const declineRequest = async (call: Call): Promise<void> => {
  const requestId = call.args[0] as string
  const closed = await withBackend(call, ({ requests }) => requests.decline(requestId))
  if (call.screen.isJson) call.screen.json(closed)
  else call.screen.note(`Declined ${requestId}: nothing was stored`)
}

export const requestCode = async (call: Call): Promise<void> => {
  assertPersonsShell(call.env, "requests code")
  const requestId = call.args[0] as string
  const { code, expiresAt } = await withBackend(call, ({ requests }) => requests.code(requestId))
  call.screen.show({ requestId, code, expiresAt }, () => code)
}
