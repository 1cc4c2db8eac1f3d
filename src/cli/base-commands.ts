import type { CommandSpec } from "./command.ts"

/** Commands around the store: starting, settling in, help. */
export const BASE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "serve",
    summary: "run the server: the REST API and the page",
    args: [],
    options: { boxes: { type: "boolean", about: "serve boxes as well, below /boxes (SOTTO_BOXES=on)" } },
    notes: [
      "Settings: SOTTO_HOST (127.0.0.1), SOTTO_PORT (7766; 0 takes a free one), SOTTO_PUBLIC_URL, SOTTO_TRUST_PROXY, SOTTO_RATE_LIMIT, SOTTO_ADMIN_TOKEN, SOTTO_BOXES, SOTTO_BOXES_ANONYMOUS, SOTTO_BOXES_ORIGINS, SOTTO_LOG_LEVEL.",
      "At a terminal it prints a sign-in link as long as nobody has signed in. Logs go to stderr as JSON lines.",
    ],
    load: async () => (await import("./commands/serve.ts")).serve,
  },
  {
    name: "open",
    summary: "print a fresh one-time link that signs a person in",
    args: [],
    options: {
      print: { type: "boolean", about: "print it where stdout is no terminal, too" },
      url: { type: "string", placeholder: "URL", about: "where the server is; else SOTTO_PUBLIC_URL, else SOTTO_HOST and SOTTO_PORT" },
    },
    load: async () => (await import("./commands/open.ts")).open,
  },
  {
    name: "demo",
    summary: "fill a workspace with sample data, to look around with",
    args: [],
    options: {
      workspace: { type: "string", short: "w", placeholder: "NAME", about: "the workspace to fill (demo); it may hold nothing else" },
      remove: { type: "boolean", about: "take the sample data out again, and nothing else" },
    },
    load: async () => (await import("./commands/demo.ts")).demo,
  },
  {
    name: "init",
    summary: "write .sotto/config.yml, which names the project's workspace",
    args: [{ name: "WORKSPACE", isOptional: true }],
    options: {},
    notes: ["Without a name the workspace is called as the folder is. The file holds no secret and is meant to be committed."],
    load: async () => (await import("./commands/init.ts")).init,
  },
]

export const SHELL_COMMANDS: readonly CommandSpec[] = [
  {
    name: "completion",
    summary: "print a completion script for a shell",
    args: [{ name: "SHELL", completes: ["bash", "zsh", "fish"] }],
    options: {},
    notes: ["bash: source <(sotto completion bash). zsh: the same, in .zshrc behind compinit. fish: sotto completion fish | source."],
    load: async () => (await import("./commands/completion.ts")).completion,
  },
  {
    name: "version",
    summary: "print the version",
    args: [],
    options: {},
    load: async () => (await import("./commands/version.ts")).version,
  },
  {
    name: "help",
    summary: "say what a command does",
    args: [
      { name: "COMMAND", isOptional: true },
      { name: "SUBCOMMAND", isOptional: true },
    ],
    options: {},
    load: async () => (await import("./commands/help.ts")).help,
  },
]
