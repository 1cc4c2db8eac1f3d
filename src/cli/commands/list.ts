import { SecretError } from "../../base/errors.ts"
import type { Listed } from "../backend.ts"
import type { Call } from "../command.ts"
import { listAll } from "../list-all.ts"
import { withBackend } from "../open-backend.ts"
import { table, time } from "../table.ts"
import { workspaceOf } from "../workspace.ts"

export const list = async (call: Call): Promise<void> => {
  const { options, screen } = call
  const workspace = await workspaceOf(call)
  const prefix = options.text("prefix")
  const state = stateOf(options.text("state"))
  const secrets = await withBackend(call, (backend) =>
    listAll(backend, { workspace, ...(prefix !== undefined && { prefix }), ...(state !== undefined && { state }) }),
  )
  if (secrets.length > 0 || screen.isJson) screen.show(secrets, () => table(HEADINGS, secrets.map(row)))
  else screen.note(`No secrets in ${workspace}`)
}

const HEADINGS = ["NAME", "VERSION", "UPDATED", "EXPIRES", "STATE"]

const row = (secret: Listed): string[] => [
  secret.name,
  String(secret.version),
  time(secret.updatedAt),
  time(secret.expiresAt),
  secret.state,
]

const stateOf = (text: string | undefined): "active" | "expired" | undefined => {
  if (text === undefined || text === "active" || text === "expired") return text
  throw new SecretError("invalid_argument", "--state takes active or expired")
}
