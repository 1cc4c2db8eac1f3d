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
  {
    name: "mcp install",
    summary: "print, or write, what clients have to know to start sotto mcp",
    args: [{ name: "CLIENT", isOptional: true, isRepeated: true, completes: ["claude", "cursor", "vscode", "codex"] }],
    options: { workspace: WORKSPACE, write: { type: "boolean", about: "merge it into the clients' files of this folder (Codex: of the home folder)" } },
    notes: [
      "For Claude Code (.mcp.json, rules against reading .env and the key file, a skill), Cursor, VS Code and Codex; all four unless named. It holds absolute paths and no secret.",
      "Rules against reading guard against an agent that reads too much, and against nothing else.",
    ],
    load: async () => (await import("./mcp-install.ts")).mcpInstall,
  },
]
