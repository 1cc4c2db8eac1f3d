import { SecretError } from "../../base/errors.ts"
import { assertNoAgent } from "../agent-shell.ts"
import type { SecretContent, Written } from "../backend.ts"
import type { Call } from "../command.ts"
import { parseTtl } from "../duration.ts"
import { withBackend } from "../open-backend.ts"
import { readValue } from "../read-value.ts"
import { time } from "../table.ts"
import { workspaceOf } from "../workspace.ts"

export const set = async (call: Call): Promise<void> => {
  const { options, screen } = call
  const name = nameOf(call)
  const isShown = options.flag("show")
  if (isShown) assertShowable(call)
  const facts = contentFacts(call)
  const ifVersion = options.whole("if-version", { min: 0 })
  const workspace = await workspaceOf(call)
  const value = await readValue(call, name)
  const condition = ifVersion === undefined ? {} : { ifVersion }
  const written = await withBackend(call, (backend) => backend.put({ workspace, name }, { value, ...facts, ...condition }))
  if (screen.isJson) screen.json({ workspace, ...written, ...(isShown && { value }) })
  else {
    screen.note(sentence(workspace, written))
    if (isShown) screen.write(screen.isTerminal.stdout ? `${value}\n` : value)
  }
}

/** `set NAME=VALUE` would make the value a name, which everybody may read. */
const nameOf = ({ args }: Call): string => {
  const name = args[0] as string
  if (!name.includes("=")) return name
  throw new SecretError("invalid_argument", "a name with = in it is refused here: it looks like a value on the command line", {
    help: "Name the secret alone; you are asked for the value. (`sotto import` takes any name from JSON.)",
  })
}

const assertShowable = (call: Call): void => {
  if (!call.options.flag("generate")) throw new SecretError("invalid_argument", "--show goes with --generate")
  assertNoAgent(call.env, "set --generate --show")
}

const contentFacts = ({ options }: Call): Omit<SecretContent, "value"> => {
  const ttl = options.text("ttl")
  const metadata = options.text("metadata")
  return {
    ...(ttl !== undefined && { ttlMs: parseTtl("--ttl", ttl) }),
    ...(metadata !== undefined && { metadata: parseMetadata(metadata) }),
  }
}

const parseMetadata = (text: string): Record<string, unknown> | null => {
  try {
    return JSON.parse(text) as Record<string, unknown> | null // its shape is checked where it is stored
  } catch {
    throw new SecretError("invalid_argument", "--metadata takes a JSON object, or null to remove what is there")
  }
}

const sentence = (workspace: string, { name, version, isNew, expiresAt }: Written): string => {
  const expiry = expiresAt === undefined ? "" : `, expires ${time(expiresAt)} UTC`
  return `${isNew ? "Made" : "Set"} ${name} in ${workspace}, version ${version}${expiry}`
}
