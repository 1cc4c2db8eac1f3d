import { readFile } from "node:fs/promises"
import { buffer } from "node:stream/consumers"
import { SecretError } from "../../base/errors.ts"
import type { Written } from "../backend.ts"
import type { Call } from "../command.ts"
import { parseTtl } from "../duration.ts"
import { withBackend } from "../open-backend.ts"
import { formatOf, parseSecretFile } from "../secret-file.ts"
import { count } from "../table.ts"
import { workspaceOf } from "../workspace.ts"

const PORTION = 1_000

export const importFile = async (call: Call): Promise<void> => {
  const { args, options, screen } = call
  const path = args[0] as string
  const { entries, ignoredLines } = parseSecretFile(await readInput(path), formatOf(options.text("format"), path))
  const workspace = await workspaceOf(call)
  if (ignoredLines.length > 0) screen.note(`not understood, and left out: line ${ignoredLines.join(", ")}`)
  if (options.flag("dry-run")) return showNames(call, workspace, entries.map(([name]) => name))
  const written = await store(call, workspace, entries)
  if (screen.isJson) screen.json({ workspace, secrets: written })
  else screen.note(`Stored ${count(written.length, "secret")} in ${workspace}: ${written.filter(({ isNew }) => isNew).length} new`)
}

const readInput = async (path: string): Promise<Uint8Array> => {
  if (path === "-") return buffer(process.stdin)
  try {
    return await readFile(path)
  } catch (cause) {
    throw new SecretError("not_found", `${path} cannot be read`, { cause })
  }
}

const showNames = ({ screen }: Call, workspace: string, names: readonly string[]): void => {
  if (screen.isJson) screen.json({ workspace, names })
  else if (names.length > 0) screen.write(`${names.join("\n")}\n`)
}

const store = async (call: Call, workspace: string, entries: readonly (readonly [string, string])[]): Promise<Written[]> => {
  const ttl = call.options.text("ttl")
  const expiry = ttl === undefined ? {} : { ttlMs: parseTtl("--ttl", ttl) }
  const secrets = entries.map(([name, value]) => ({ name, value, ...expiry }))
  if (secrets.length === 0) return []
  return withBackend(call, async (backend) => {
    const written: Written[] = []
    for (let at = 0; at < secrets.length; at += PORTION) written.push(...(await backend.putMany(workspace, secrets.slice(at, at + PORTION))))
    return written
  })
}
