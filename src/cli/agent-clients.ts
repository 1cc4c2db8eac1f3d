/** What a client of the protocol is told, and where it looks for that. Nothing of it is a secret. */
export interface ClientFile {
  /** Below the project's folder, or below the home folder. */
  base: "project" | "home"
  path: string
  /** The file with ours in it, given what is there (null for no file). @throws SyntaxError where that is no JSON */
  merge(before: string | null): string
}

export interface Served {
  command: string
  args: readonly string[]
  /** Files that no agent is to read. */
  guarded: readonly string[]
}

type Json = Record<string, unknown>

export const AGENT_CLIENTS = ["claude", "cursor", "vscode", "codex"] as const
export type AgentClient = (typeof AGENT_CLIENTS)[number]

export const filesFor = (client: AgentClient, served: Served): ClientFile[] => {
  const { command, args } = served
  switch (client) {
    case "claude":
      return [
        json("project", ".mcp.json", (root) => within(root, "mcpServers", { sotto: { command, args } })),
        json("project", ".claude/settings.json", (root) => withDenied(root, served.guarded)),
        { base: "project", path: ".claude/skills/sotto/SKILL.md", merge: () => SKILL },
      ]
    case "cursor":
      return [json("project", ".cursor/mcp.json", (root) => within(root, "mcpServers", { sotto: { command, args } })), lines("project", ".cursorignore", [".env", ".env.*"])]
    case "vscode":
      return [json("project", ".vscode/mcp.json", (root) => within(root, "servers", { sotto: { type: "stdio", command, args } }))]
    case "codex":
      return [{ base: "home", path: ".codex/config.toml", merge: (before) => withTable(before ?? "", served) }]
  }
}

const json = (base: ClientFile["base"], path: string, change: (root: Json) => Json): ClientFile => ({
  base,
  path,
  merge: (before) => `${JSON.stringify(change(before === null || before.trim() === "" ? {} : (JSON.parse(before) as Json)), null, 2)}\n`,
})

const within = (root: Json, name: string, ours: Json): Json => ({ ...root, [name]: { ...(root[name] as Json | undefined), ...ours } })

/** Rules of Claude Code: `//` begins a path from the root of the file system. */
const withDenied = (root: Json, guarded: readonly string[]): Json => {
  const permissions = (root.permissions ?? {}) as { deny?: string[] }
  const wanted = ["Read(./.env)", "Read(./.env.*)", ...guarded.map((path) => `Read(/${path})`)]
  const deny = [...(permissions.deny ?? [])]
  for (const rule of wanted) if (!deny.includes(rule)) deny.push(rule)
  return { ...root, permissions: { ...permissions, deny } }
}

const lines = (base: ClientFile["base"], path: string, wanted: readonly string[]): ClientFile => ({
  base,
  path,
  merge: (before) => {
    const present = (before ?? "").split("\n")
    const missing = wanted.filter((line) => !present.includes(line))
    const start = before === null || before === "" || before.endsWith("\n") ? (before ?? "") : `${before}\n`
    return start + missing.map((line) => `${line}\n`).join("")
  },
})

const TABLE = /^\[mcp_servers\.sotto\]\n(?:(?!\[).*\n?)*/m

/** TOML's basic strings are written as JSON's are. */
const withTable = (before: string, { command, args }: Served): string => {
  const table = `[mcp_servers.sotto]\ncommand = ${JSON.stringify(command)}\nargs = ${JSON.stringify(args)}\n`
  if (TABLE.test(before)) return before.replace(TABLE, () => `${table}\n`).trimEnd() + "\n"
  return `${before.trimEnd()}${before.trim() === "" ? "" : "\n\n"}${table}`
}

const SKILL = `---
name: sotto
description: Find, ask for and use secrets (API keys, tokens, passwords) without ever seeing them. Use it whenever a command or a request needs a credential, or a credential is missing.
---

# Secrets without seeing them

1. \`get_secret_keys\` tells which secrets there are, and what you may do with each.
2. A secret is missing: \`request_secrets\`, as the only tool call of your turn. Say in \`reason\` what it is for, and propose in \`use\` what you would like to do with it. Show the person the \`url\` or the command that you get back. \`get_secret_request\` tells when they are done.
3. A command needs a secret: \`run_with_secrets\`, with the program's absolute path. An API call needs one: \`http_with_secrets\`. A person may be asked first; make the same call again when they have answered.
4. An app in a remote environment needs secrets: \`sync_secrets\`; with \`mode: "plan"\` first. Only what people allow there goes.

Never ask for a value in the conversation, never read \`.env\` files or key files for one, and never print one. If somebody pastes a value, tell them to change it and to store the new one with \`sotto set NAME\`.
`
