import type { ArgumentSpec, CommandSpec, OptionSpec } from "./command.ts"

export const WORKSPACE: OptionSpec = {
  type: "string",
  short: "w",
  placeholder: "NAME",
  about: "the workspace; else SOTTO_WORKSPACE, else the project's .sotto/config.yml, else default",
}

const NAME: ArgumentSpec = { name: "NAME" }

const PLAINTEXT_NOTE = "It prints plaintext, and so refuses to run in a coding agent's shell."

/** Commands that work with secrets. */
export const SECRET_COMMANDS: readonly CommandSpec[] = [
  {
    name: "set",
    summary: "store a value as the next version of a secret",
    args: [NAME],
    options: {
      workspace: WORKSPACE,
      stdin: { type: "boolean", about: "read the value from stdin: bytes in, bytes out, a line break at the end included" },
      "strip-newline": { type: "boolean", about: "with --stdin: leave out one line break at the end" },
      "value-from-env": { type: "string", placeholder: "VAR", about: "take the value of an environment variable" },
      generate: { type: "boolean", about: "make a random value of letters and digits" },
      length: { type: "string", placeholder: "N", about: "with --generate: how many characters (32)" },
      show: { type: "boolean", about: "with --generate: print the value" },
      ttl: { type: "string", placeholder: "30d", about: "when it expires: 30d, 12h, 15m, 45s, or never" },
      metadata: { type: "string", placeholder: "JSON", about: "a JSON object beside the value, readable in listings; null removes it" },
      "if-version": { type: "string", placeholder: "N", about: "only if this is the present version; 0: only if it does not exist" },
    },
    notes: [
      "Without --stdin, --value-from-env or --generate the value is asked for on the terminal, without echo.",
      "A value on the command line is refused: other processes and the shell's history would see it.",
    ],
    load: async () => (await import("./commands/set.ts")).set,
  },
  {
    name: "get",
    summary: "print the value of a secret",
    args: [NAME],
    options: { workspace: WORKSPACE, version: { type: "string", placeholder: "N", about: "an older version" } },
    notes: ["The value is printed byte for byte; on a terminal a line break follows it.", PLAINTEXT_NOTE],
    load: async () => (await import("./commands/get.ts")).get,
  },
  {
    name: "list",
    summary: "list secrets, never their values",
    args: [],
    options: {
      workspace: WORKSPACE,
      prefix: { type: "string", placeholder: "TEXT", about: "only names that begin so" },
      state: { type: "string", placeholder: "STATE", about: "only active or only expired ones", values: ["active", "expired"] },
    },
    load: async () => (await import("./commands/list.ts")).list,
  },
  {
    name: "rm",
    summary: "remove a secret with all its versions",
    args: [NAME],
    options: { workspace: WORKSPACE, "if-version": { type: "string", placeholder: "N", about: "only if this is the present version" } },
    load: async () => (await import("./commands/rm.ts")).rm,
  },
  {
    name: "history",
    summary: "list the versions of a secret, never their values",
    args: [NAME],
    options: { workspace: WORKSPACE },
    load: async () => (await import("./commands/history.ts")).history,
  },
  {
    name: "rollback",
    summary: "make a new version with the value of an old one",
    args: [NAME, { name: "VERSION" }],
    options: { workspace: WORKSPACE },
    notes: ["Metadata and expiry stay what they are. The value is not printed."],
    load: async () => (await import("./commands/rollback.ts")).rollback,
  },
  {
    name: "import",
    summary: "store every value of a dotenv or JSON file",
    args: [{ name: "FILE", completes: "file" }],
    options: {
      workspace: WORKSPACE,
      format: { type: "string", placeholder: "FORMAT", about: "dotenv or json; else by the file's name", values: ["dotenv", "json"] },
      "dry-run": { type: "boolean", about: "print the names and store nothing" },
      ttl: { type: "string", placeholder: "30d", about: "when they expire: 30d, 12h, 15m, 45s, or never" },
    },
    notes: [
      "A dotenv file is read as the npm package dotenv (17) reads it. A JSON file holds one object of strings. - is stdin.",
      "A secret that is there already gets a new version. Up to 1,000 secrets are stored all or none; more than that, in portions of 1,000.",
    ],
    load: async () => (await import("./commands/import.ts")).importFile,
  },
  {
    name: "export",
    summary: "print every secret of a workspace as a dotenv or JSON file",
    args: [],
    options: {
      workspace: WORKSPACE,
      format: { type: "string", placeholder: "FORMAT", about: "dotenv (the default) or json", values: ["dotenv", "json"] },
      prefix: { type: "string", placeholder: "TEXT", about: "only names that begin so" },
      "dry-run": { type: "boolean", about: "print the names and no value" },
    },
    notes: [
      "Expired secrets are left out. What dotenv cannot carry exactly is refused by name, and then nothing is printed.",
      PLAINTEXT_NOTE,
    ],
    load: async () => (await import("./commands/export.ts")).exportSecrets,
  },
]
