import type { CommandSpec, OptionSpec } from "./command.ts"

const VAULT = {
  "vault-path": { type: "string", placeholder: "ALIAS", about: "the alias, as references have it; else the path of the git origin" },
  "database-path": { type: "string", placeholder: "FILE", about: "the database; else what variables and settings say, else .sotto/keepass/<ALIAS>.kdbx" },
  "password-from-env": { type: "string", placeholder: "VAR", about: "the variable that holds its password; else it is asked for, without echo" },
  "keyfile-from-env": { type: "string", placeholder: "VAR", about: "the variable that holds the path of its key file" },
} as const satisfies Record<string, OptionSpec>

const PLACE = {
  ...VAULT,
  "item-path": { type: "string", placeholder: "PATH", about: "groups and title, with slashes between" },
  field: { type: "string", placeholder: "NAME", about: "the field: password, username, or any other" },
  "value-from-env": { type: "string", placeholder: "VAR", about: "take the value of an environment variable; else it is asked for, without echo" },
} as const satisfies Record<string, OptionSpec>

const load = async () => import("./commands/provider.ts")

/** KeePass databases, without a value or a password on the screen or on the command line. */
export const PROVIDER_KEEPASS_COMMANDS: readonly CommandSpec[] = [
  {
    name: "provider keepass vault create",
    summary: "make a KeePass database (KDBX 4)",
    args: [],
    options: { ...VAULT, force: { type: "boolean", about: "write over a file that is there" } },
    notes: ["The file has mode 600. A folder .sotto/keepass keeps itself out of git."],
    load: async () => (await load()).keepassVaultCreate,
  },
  {
    name: "provider keepass vault update",
    summary: "give a KeePass database another password or key file",
    args: [],
    options: {
      ...VAULT,
      "new-password-from-env": { type: "string", placeholder: "VAR", about: "the variable that holds the new password; else it is asked for" },
      "new-keyfile-from-env": { type: "string", placeholder: "VAR", about: "the variable that holds the path of the new key file" },
    },
    notes: ["What is not named afterwards opens it no longer: name both to keep both."],
    load: async () => (await load()).keepassVaultUpdate,
  },
  {
    name: "provider keepass vault list",
    summary: "list the KeePass databases that variables and settings name",
    args: [],
    options: {},
    load: async () => (await load()).keepassVaultList,
  },
  {
    name: "provider keepass item create",
    summary: "give an entry of a KeePass database a field, and make the entry where there is none",
    args: [],
    options: PLACE,
    notes: ["A field that is there is left alone."],
    load: async () => (await load()).keepassItemCreate,
  },
  {
    name: "provider keepass item update",
    summary: "change the value of a field of a KeePass database",
    args: [],
    options: PLACE,
    notes: ["The old value stays in the entry's history, as KeePass programs have it."],
    load: async () => (await load()).keepassItemUpdate,
  },
  {
    name: "provider keepass item list",
    summary: "list entries of a KeePass database and their fields, never a value",
    args: [],
    options: VAULT,
    load: async () => (await load()).keepassItemList,
  },
]
