import type { CommandSpec } from "./command.ts"
import { WORKSPACE } from "./secret-commands.ts"

/** Commands for coding agents. */
export const AGENT_COMMANDS: readonly CommandSpec[] = [
  {
    name: "mcp",
    summary: "serve the tools for agents to one client, over stdin and stdout",
    args: [],
    options: { workspace: WORKSPACE, name: { type: "string", placeholder: "TEXT", about: "who asks, as people read it (MCP client)" } },
    notes: [
      "The agent lists keys, asks a person for missing ones, and uses them; it never sees a value through these tools.",
      "It works on the store itself. An agent with a shell under the account that owns the key file can read that file: only a sealed key ring, or a server under another account, stops it.",
      "A server speaks MCP at /mcp.",
    ],
    load: async () => (await import("./commands/mcp.ts")).mcp,
  },
]
