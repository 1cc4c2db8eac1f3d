import { SecretError } from "../../base/errors.ts"
import { renderDotenv } from "../../envfile/render-dotenv.ts"
import { assertNoAgent } from "../agent-shell.ts"
import type { Backend } from "../backend.ts"
import type { Call } from "../command.ts"
import { listAll } from "../list-all.ts"
import { withBackend } from "../open-backend.ts"
import { formatOf } from "../secret-file.ts"
import { workspaceOf } from "../workspace.ts"

const PORTION = 1_000

export const exportSecrets = async (call: Call): Promise<void> => {
  const { env, options, screen } = call
  const isDryRun = options.flag("dry-run")
  if (!isDryRun) assertNoAgent(env, "export")
  const format = screen.isJson ? "json" : formatOf(options.text("format"), "")
  const workspace = await workspaceOf(call)
  const prefix = options.text("prefix")
  await withBackend(call, async (backend) => {
    const query = { workspace, state: "active" as const, ...(prefix !== undefined && { prefix }) }
    const names = (await listAll(backend, query)).map(({ name }) => name)
    if (isDryRun) return showNames(call, workspace, names)
    const entries = await readAll(backend, workspace, names)
    if (format === "json") screen.json(Object.fromEntries(entries))
    else screen.write(renderDotenv(entries))
  })
}

const showNames = ({ screen }: Call, workspace: string, names: readonly string[]): void => {
  if (screen.isJson) screen.json({ workspace, names })
  else if (names.length > 0) screen.write(`${names.join("\n")}\n`)
}

/** All of them or an error: a file that lacks a line looks complete. */
const readAll = async (backend: Backend, workspace: string, names: readonly string[]): Promise<[string, string][]> => {
  const entries: [string, string][] = []
  for (let at = 0; at < names.length; at += PORTION) {
    const { secrets, missing } = await backend.getMany(workspace, names.slice(at, at + PORTION), "export")
    if (missing.length > 0) throw new SecretError("key_unavailable", `these cannot be read: ${missing.join(", ")}`, { help: "Run `sotto doctor`." })
    entries.push(...secrets.map(({ name, value }): [string, string] => [name, value]))
  }
  return entries
}
