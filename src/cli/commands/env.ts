import { isSecretError } from "../../base/errors.ts"
import type { EnvironmentView } from "../../core/environments/environment-view.ts"
import { assertPersonsShell } from "../agent-shell.ts"
import type { Call } from "../command.ts"
import type { NewEnvironment } from "../environment-backend.ts"
import { withBackend } from "../open-backend.ts"
import { table, time } from "../table.ts"
import { workspaceOf } from "../workspace.ts"

const nameOf = ({ args }: Call): string => args[0] as string

export const addEnvironment = async (call: Call): Promise<void> => {
  assertPersonsShell(call.env, "env add")
  const workspace = await workspaceOf(call)
  const added = await withBackend(call, ({ environments }) => environments.add(workspace, newEnvironment(call)))
  if (call.screen.isJson) return call.screen.json(added)
  call.screen.note(`Added ${added.name}. Now: sotto env enroll ${added.name}`)
}

const newEnvironment = (call: Call): NewEnvironment => {
  const { options } = call
  const [address, restart, keys] = [options.text("address"), options.text("restart"), options.texts("key")]
  return {
    name: nameOf(call),
    ...(address !== undefined && { address }),
    ...(options.flag("private") && { allowsPrivate: true }),
    ...(keys.length > 0 && { keys: [...keys] }),
    ...(restart !== undefined && { restart: restart as "auto" }),
  }
}

export const listEnvironments = async (call: Call): Promise<void> => {
  const workspace = await workspaceOf(call)
  const found = await withBackend(call, ({ environments }) => environments.list(workspace))
  if (found.length > 0 || call.screen.isJson) call.screen.show(found, () => table(HEADINGS, found.map(row)))
  else call.screen.note(`${workspace} delivers to no environment`)
}

const HEADINGS = ["NAME", "STATE", "SECRETS", "LAST CONTACT", "ADDRESS"]

const row = ({ name, state, delivered, contactAt, address }: EnvironmentView): string[] => [name, state, String(delivered.length), time(contactAt), address ?? "calls in"]

export const environmentStatus = async (call: Call): Promise<void> => {
  const workspace = await workspaceOf(call)
  const view = await withBackend(call, ({ environments }) => environments.status(workspace, nameOf(call)))
  call.screen.show(view, () => described(view))
}

const described = (view: EnvironmentView): string => {
  const { lastResult } = view
  const lines = [
    `${view.name}: ${view.state}${view.error === null ? "" : ` (${view.error}, ${view.attempts} in a row)`}`,
    `Address       ${view.address ?? "calls in"}`,
    `Keys          ${view.keys.join(", ")}, where a secret's policy says so too`,
    `Sandbox       ${sandboxText(view)}`,
    `Last contact  ${view.contactAt === null ? "none yet" : `${time(view.contactAt)} UTC`}`,
    `Delivered     ${view.delivered.length === 0 ? "nothing" : view.delivered.map(({ key, version }) => `${key} (version ${version})`).join(", ")}`,
  ]
  if (view.enrolmentExpiresAt !== null) lines.push(`Enrolment     a token counts until ${time(view.enrolmentExpiresAt)} UTC`)
  for (const { key, code } of lastResult?.refused ?? []) lines.push(`Refused       ${key}: ${code}`)
  for (const { key, code } of lastResult?.warnings ?? []) lines.push(`Warning       ${key ?? "*"}: ${code}`)
  return lines.join("\n")
}

const sandboxText = ({ sandbox }: EnvironmentView): string => {
  if (sandbox === null) return "none is enrolled"
  return `writes ${sandbox.format} (${sandbox.mode}), ${sandbox.leaseMs === null ? "no lease" : `lease ${duration(sandbox.leaseMs)}`}`
}

const UNITS: readonly [number, string][] = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "m"], [1_000, "s"]]

const duration = (ms: number): string => {
  const [size, unit] = UNITS.find(([each]) => ms % each === 0) ?? [1, "ms"]
  return `${ms / size}${unit}`
}

export const enrollEnvironment = async (call: Call): Promise<void> => {
  assertPersonsShell(call.env, "env enroll")
  const workspace = await workspaceOf(call)
  const { token, expiresAt } = await withBackend(call, ({ environments }) => environments.enroll(workspace, nameOf(call)))
  call.screen.show({ token, expiresAt }, () => token)
  if (!call.screen.isJson) call.screen.note(`Counts once, until ${time(expiresAt)} UTC. In the sandbox: SOTTO_ENROLMENT=<token> sotto daemon --path FILE`)
}

export const removeEnvironment = async (call: Call): Promise<void> => {
  assertPersonsShell(call.env, "env rm")
  const workspace = await workspaceOf(call)
  const name = nameOf(call)
  const removed = await withBackend(call, async ({ environments }) => {
    const isRemoved = (await environments.remove(workspace, name, call.options.flag("force"))).removed
    return isRemoved || isGoneSoon(() => environments.status(workspace, name))
  })
  if (call.screen.isJson) return call.screen.json({ removed })
  call.screen.note(removed ? `Removed ${name}` : `${name} is revocation_pending: its sandbox was not reached, and still holds what was delivered. It is tried again wherever a server runs.`)
}

const SOON_MS = 5_000
const LOOK_MS = 200

/** A server sees to it at once, and a sandbox that calls in is told at once where it is held: that takes a moment. */
const isGoneSoon = async (status: () => Promise<unknown>): Promise<boolean> => {
  for (let waited = 0; waited < SOON_MS; waited += LOOK_MS) {
    try {
      await status()
    } catch (error) {
      if (isSecretError(error) && error.code === "not_found") return true
      throw error
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  return false
}
