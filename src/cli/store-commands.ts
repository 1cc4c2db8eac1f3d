import type { CommandSpec } from "./command.ts"
import { WORKSPACE } from "./secret-commands.ts"

const LOCAL_NOTE = "It works on the store itself, never through a server."

/** Commands that work with the store as a whole. */
export const STORE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "workspace create",
    summary: "make an empty workspace",
    args: [{ name: "WORKSPACE" }],
    options: {},
    load: async () => (await import("./commands/workspace.ts")).createWorkspace,
  },
  {
    name: "workspace list",
    summary: "list workspaces",
    args: [],
    options: {},
    load: async () => (await import("./commands/workspace.ts")).listWorkspaces,
  },
  {
    name: "workspace rm",
    summary: "delete a workspace with its secrets; its events stay",
    args: [{ name: "WORKSPACE" }],
    options: { yes: { type: "boolean", about: "really" } },
    load: async () => (await import("./commands/workspace.ts")).removeWorkspace,
  },
  {
    name: "events",
    summary: "show who did what, newest first",
    args: [],
    options: {
      workspace: WORKSPACE,
      store: { type: "boolean", about: "events of the store itself: tokens, key ring, sign-ins, boxes" },
      follow: { type: "boolean", short: "f", about: "go on with new ones until Ctrl-C" },
      name: { type: "string", placeholder: "NAME", about: "only of this secret" },
      type: { type: "string", placeholder: "TYPE", about: "only of this type: created, updated, read, denied ..." },
      principal: { type: "string", placeholder: "ID", about: "only by this principal" },
      after: { type: "string", placeholder: "TIME", about: "from 2026-11-22T03:25:00Z on, or since 2h ago" },
      before: { type: "string", placeholder: "TIME", about: "up to that time" },
      limit: { type: "string", placeholder: "N", about: "how many (50)" },
    },
    load: async () => (await import("./commands/events.ts")).events,
  },
  {
    name: "cleanup",
    summary: "delete what expired or is past its retention",
    args: [],
    options: {
      "secrets-retention": { type: "string", placeholder: "30d", about: "how long expired secrets are kept (30d)" },
      "events-retention": { type: "string", placeholder: "180d", about: "how long events are kept (180d)" },
    },
    load: async () => (await import("./commands/cleanup.ts")).cleanup,
  },
  {
    name: "migrate",
    summary: "bring the database to this program's schema, or print how",
    args: [],
    options: {
      print: { type: "boolean", about: "print the pending steps as SQL, for a role that may change schemas" },
      apply: { type: "boolean", about: "apply them" },
    },
    notes: ["Other commands migrate by themselves.", LOCAL_NOTE],
    load: async () => (await import("./commands/migrate.ts")).migrateStore,
  },
  {
    name: "backup",
    summary: "write the whole store to a file, encrypted as it is",
    args: [{ name: "FILE", completes: "file" }],
    options: {},
    notes: ["The store may be in use meanwhile. The file opens with the key ring alone: back that up too, and elsewhere.", LOCAL_NOTE],
    load: async () => (await import("./commands/backup.ts")).backup,
  },
  {
    name: "restore",
    summary: "check a backup and put it into an empty database",
    args: [{ name: "FILE", completes: "file" }],
    options: { "accept-rollback": { type: "boolean", about: "take the older state as the last one seen" } },
    notes: [
      "Either engine takes the backup of the other: name the new database with SOTTO_DATABASE_URL.",
      "Tokens, sessions and sign-in links do not survive a restore.",
      LOCAL_NOTE,
    ],
    load: async () => (await import("./commands/restore.ts")).restore,
  },
  {
    name: "doctor",
    summary: "open everything, decrypt a sample, and say what is wrong and what to do",
    args: [],
    options: {
      sample: { type: "string", placeholder: "N", about: "how many stored versions are opened (100)" },
      "accept-rollback": { type: "boolean", about: "take a state that is older than the last one seen as the right one" },
    },
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
]
