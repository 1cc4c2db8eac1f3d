import type { CommandSpec } from "./command.ts"

const SERVER_NOTE = "Through a server it is the server that makes and keeps the keys: none travels."

export const KEYRING_COMMANDS: readonly CommandSpec[] = [
  {
    name: "keyring status",
    summary: "show key versions and how much is stored under each",
    args: [],
    options: {},
    load: async () => (await import("./commands/keyring.ts")).keyringStatus,
  },
  {
    name: "keyring add",
    summary: "make a new key and write everything new under it",
    args: [],
    options: {},
    notes: [SERVER_NOTE, "Back up the key file again afterwards."],
    load: async () => (await import("./commands/keyring.ts")).keyringAdd,
  },
  {
    name: "keyring rotate",
    summary: "move everything stored to the newest key; no value changes",
    args: [],
    options: {
      reencrypt: { type: "boolean", about: "also encrypt every version anew and give the store a new root" },
      "dry-run": { type: "boolean", about: "say how much there is to do, and do nothing" },
    },
    notes: ["Readers and writers go on meanwhile. Stopped anywhere and started again, it finishes."],
    load: async () => (await import("./commands/keyring.ts")).keyringRotate,
  },
  {
    name: "keyring retire",
    summary: "take a key out of use for good, once nothing is stored under it",
    args: [{ name: "VERSION" }],
    options: {},
    load: async () => (await import("./commands/keyring.ts")).keyringRetire,
  },
  {
    name: "keyring seal",
    summary: "seal the key file with a passphrase",
    args: [],
    options: { remove: { type: "boolean", about: "take the seal off" } },
    notes: [
      "The passphrase is asked for twice without echo. SOTTO_KEYS_PASSPHRASE gives it where nobody types, here and in every command that opens the store.",
    ],
    load: async () => (await import("./commands/keyring.ts")).keyringSeal,
  },
  {
    name: "token create",
    summary: "make a token for a server; its text is printed once",
    args: [],
    options: {
      name: { type: "string", placeholder: "NAME", about: "what it is called in listings and events" },
      kind: { type: "string", placeholder: "KIND", about: "person, agent or service (the default)", values: ["person", "agent", "service"] },
      may: { type: "string", placeholder: "LIST", multiple: true, about: "permissions: list,use,reveal,write,request,audit,admin" },
      on: { type: "string", placeholder: "PATTERN", multiple: true, about: "on which workspaces: a name, a prefix such as 'acme:*', or '*'" },
      owner: { type: "string", placeholder: "WHO", about: "who answers for it" },
      ttl: { type: "string", placeholder: "90d", about: "when it expires: 90d, 12h, or never (the default)" },
    },
    notes: [
      "--may and --on come in pairs, and a token may have several. An agent's token can never hold reveal, write or admin.",
      "A token that can reveal, write or administer is not made in a coding agent's shell.",
    ],
    load: async () => (await import("./commands/token.ts")).tokenCreate,
  },
  {
    name: "token list",
    summary: "list tokens, never their texts",
    args: [],
    options: {},
    load: async () => (await import("./commands/token.ts")).tokenList,
  },
  {
    name: "token revoke",
    summary: "end a token at once",
    args: [{ name: "ID" }],
    options: {},
    load: async () => (await import("./commands/token.ts")).tokenRevoke,
  },
]
