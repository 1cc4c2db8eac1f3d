import type { SyncAnswer } from "../../core/environments/sync.ts"
import { chooseTarget } from "../../core/environments/choose-target.ts"
import type { Call } from "../command.ts"
import type { SyncRequest } from "../environment-backend.ts"
import { withBackend } from "../open-backend.ts"
import { workspaceOf } from "../workspace.ts"

export const sync = async (call: Call): Promise<void> => {
  const workspace = await workspaceOf(call)
  const answer = await withBackend(call, async ({ environments }) => {
    const name = call.args[0] ?? chooseTarget((await environments.list(workspace)).map((each) => each.name))
    return environments.sync(workspace, name, requestOf(call))
  })
  call.screen.show(answer, () => described(answer))
}

const requestOf = ({ options }: Call): SyncRequest => {
  const [restart, keys] = [options.text("restart"), options.texts("key")]
  return {
    mode: options.flag("plan") ? "plan" : "apply",
    ...(keys.length > 0 && { keys: [...keys] }),
    ...(restart !== undefined && { restart: restart as "auto" }),
  }
}

const described = ({ target, mode, added, updated, removed, unchanged, restarted, warnings }: SyncAnswer): string => {
  const isPlan = mode === "plan"
  const lines = [
    ...added.map((key) => `${isPlan ? "would add" : "added"}     ${key}`),
    ...updated.map((key) => `${isPlan ? "would update" : "updated"}   ${key}`),
    ...removed.map((key) => `${isPlan ? "would remove" : "removed"}   ${key}`),
    ...warnings.map(({ key, code }) => `warning   ${key}: ${code}`),
  ]
  const changed = added.length + updated.length + removed.length
  if (changed === 0) lines.push(`${target}: nothing to do, ${unchanged} unchanged`)
  else lines.push(`${target}: ${changed} ${isPlan ? "to change" : "changed"}, ${unchanged} unchanged${restarted ? ", app restarted" : ""}`)
  return lines.join("\n")
}
