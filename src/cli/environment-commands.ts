import type { CommandSpec } from "./command.ts"
import { ENV_FORMATS } from "../envfile/env-format.ts"
import { WORKSPACE } from "./secret-commands.ts"

const NAME = { name: "NAME" }
const PERSON_NOTE = "It is for people, and so refuses to run in a coding agent's shell."

/** Commands about sandboxes that secrets are delivered to, and the daemon that runs there. */
export const ENVIRONMENT_COMMANDS: readonly CommandSpec[] = [
  {
    name: "env add",
    summary: "add a remote environment that secrets are delivered to",
    args: [NAME],
    options: {
      workspace: WORKSPACE,
      address: { type: "string", placeholder: "URL", about: "where its daemon listens; without it the daemon calls in to a server" },
      private: { type: "boolean", about: "with --address: it may be an address of a private network" },
      key: { type: "string", multiple: true, placeholder: "PATTERN", about: "only keys like this may go there (all)" },
      restart: { type: "string", placeholder: "WHEN", about: "restart its app where something changed: auto (the default) or never", values: ["auto", "never"] },
    },
    notes: ["A secret goes there when its own policy says so too: sotto policy allow KEY --sync NAME", PERSON_NOTE],
    load: async () => (await import("./commands/env.ts")).addEnvironment,
  },
  {
    name: "env list",
    summary: "list the environments of a workspace, and how they stand",
    args: [],
    options: { workspace: WORKSPACE },
    load: async () => (await import("./commands/env.ts")).listEnvironments,
  },
  {
    name: "env status",
    summary: "show how an environment stands: what is delivered, and what failed",
    args: [NAME],
    options: { workspace: WORKSPACE },
    load: async () => (await import("./commands/env.ts")).environmentStatus,
  },
  {
    name: "env enroll",
    summary: "print a token by which one daemon becomes an environment's sandbox, once",
    args: [NAME],
    options: { workspace: WORKSPACE },
    notes: ["It counts for ten minutes. Give it to the daemon as SOTTO_ENROLMENT: whoever uses it first is the sandbox.", PERSON_NOTE],
    load: async () => (await import("./commands/env.ts")).enrollEnvironment,
  },
  {
    name: "env rm",
    summary: "take away what stands in an environment's sandbox, then the environment",
    args: [NAME],
    options: { workspace: WORKSPACE, force: { type: "boolean", about: "forget it at once: what stands there stays until its lease is over" } },
    notes: ["While the sandbox cannot be reached it is revocation_pending, and is tried again wherever a server runs.", PERSON_NOTE],
    load: async () => (await import("./commands/env.ts")).removeEnvironment,
  },
  {
    name: "sync",
    summary: "bring a sandbox the secrets that it is to have, and restart its app where they changed",
    args: [{ name: "NAME", isOptional: true }],
    options: {
      workspace: WORKSPACE,
      plan: { type: "boolean", about: "say what would be done, by name, and do nothing" },
      key: { type: "string", multiple: true, placeholder: "KEY", about: "speak of this key alone; it has to be one that may go there" },
      restart: { type: "string", placeholder: "WHEN", about: "auto or never, instead of what the environment says", values: ["auto", "never"] },
    },
    notes: [
      "Without NAME it is the environment called sandbox, else the only one.",
      "Code in the sandbox can read what is delivered there. A server delivers changes by itself; this waits for it, and says what was done.",
    ],
    load: async () => (await import("./commands/sync.ts")).sync,
  },
  {
    name: "daemon",
    summary: "in a sandbox: take in what a store delivers, and write it where an app reads it",
    args: [],
    options: {
      path: { type: "string", placeholder: "FILE", about: "where to write: an absolute path, such as /run/secrets/app/env" },
      format: { type: "string", placeholder: "FORMAT", about: `how the app reads it: ${ENV_FORMATS.join(", ")} (dotenv)`, values: ENV_FORMATS },
      mode: { type: "string", placeholder: "MODE", about: "file: all of it is the daemon's (the default); block: a marked block in a shared file; folder: a file for each secret", values: ["file", "block", "folder"] },
      "on-disk": { type: "boolean", about: "with --mode folder: the folder need not be in memory" },
      state: { type: "string", placeholder: "FOLDER", about: "the daemon's own folder, 0700 ($XDG_STATE_HOME/sotto-daemon)" },
      listen: { type: "string", placeholder: "HOST:PORT", about: "wait for the store here (127.0.0.1:7767)" },
      connect: { type: "string", placeholder: "URL", about: "call in to this server instead, and wait there" },
      "tls-cert": { type: "string", placeholder: "FILE", about: "with --listen: serve HTTPS with this certificate, PEM" },
      "tls-key": { type: "string", placeholder: "FILE", about: "with --tls-cert: its key, PEM" },
      lease: { type: "string", placeholder: "24h", about: "without a word from the store for so long, delete what was delivered; never for no end (24h)" },
      restart: { type: "string", placeholder: "PROGRAM", about: "restarts the app where something changed: an absolute path" },
      "restart-arg": { type: "string", multiple: true, placeholder: "ARG", about: "its arguments, in order" },
      check: { type: "string", placeholder: "PROGRAM", about: "ends with 0 once the app is back; else the old file is put back" },
      "check-arg": { type: "string", multiple: true, placeholder: "ARG", about: "its arguments, in order" },
      "restart-timeout": { type: "string", placeholder: "60s", about: "how long the app may take to come back (60s; at most 80s)" },
      "no-commands": { type: "boolean", about: "run no commands for agents here" },
    },
    notes: [
      "At its first start it takes the token of `sotto env enroll NAME` from the variable SOTTO_ENROLMENT; afterwards it knows its store.",
      "It offers nothing but deliveries and commands with redacted output: no shell, no files. No message names a path, a format or a restart command: these options do.",
    ],
    load: async () => (await import("./commands/daemon.ts")).daemon,
  },
]
