import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { SecretError } from "../base/errors.ts"
import { readStoreSettings } from "../store/settings.ts"
import { AGENT_CLIENTS, filesFor, type AgentClient, type ClientFile, type Served } from "./agent-clients.ts"
import type { Call } from "./command.ts"
import { shownPath } from "./shown-path.ts"
import { workspaceOf } from "./workspace.ts"

/** Prints, or with --write merges, what clients have to know to start `sotto mcp`. */
export const mcpInstall = async (call: Call): Promise<void> => {
  const { args, env, screen, options } = call
  const served = servedBy(await workspaceOf(call), call)
  const home = env.HOME ?? ""
  const files = clientsOf(args).flatMap((client) => filesFor(client, served))
  const merged = files.map((file) => mergedFile(file, { project: process.cwd(), home }))
  if (options.flag("write")) for (const { path, text } of merged) writeWhole(path, text)
  screen.show(
    merged.map(({ path, text }) => ({ path, text, written: options.flag("write") })),
    () => merged.map(({ path, text }) => (options.flag("write") ? `Wrote ${shownPath(path)}` : `# ${path}\n${text}`)).join("\n"),
  )
  if (!options.flag("write")) screen.note("Nothing was written. With --write it is merged into these files.")
}

const clientsOf = (args: readonly string[]): AgentClient[] => {
  const unknown = args.find((arg) => !AGENT_CLIENTS.includes(arg as AgentClient))
  if (unknown !== undefined) throw new SecretError("invalid_argument", `a client is one of ${AGENT_CLIENTS.join(", ")}`)
  return args.length === 0 ? [...AGENT_CLIENTS] : (args as AgentClient[])
}

/** Absolute paths: a client has a PATH of its own. */
const servedBy = (workspace: string, { env }: Call): Served => {
  const settings = readStoreSettings(env)
  const keyFile = "file" in settings.keys ? [settings.keys.file] : []
  return { command: process.execPath, args: [realpathSync(process.argv[1] as string), "mcp", "--workspace", workspace], guarded: keyFile }
}

const mergedFile = (file: ClientFile, bases: Record<ClientFile["base"], string>): { path: string; text: string } => {
  const path = join(bases[file.base], file.path)
  try {
    return { path, text: file.merge(existsSync(path) ? readFileSync(path, "utf8") : null) }
  } catch {
    throw new SecretError("invalid_argument", `${path} is not plain JSON, so nothing can be merged into it`, { help: "Add the entry that `sotto mcp install` prints for a new file yourself." })
  }
}

const writeWhole = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, text, { flag: "wx" })
  renameSync(temporary, path)
}
