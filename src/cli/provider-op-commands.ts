import type { CommandSpec, OptionSpec } from "./command.ts"

const VAULT: OptionSpec = { type: "string", placeholder: "NAME", about: "the vault, by its name or id" }

const PLACE = {
  vault: VAULT,
  "item-path": { type: "string", placeholder: "PATH", about: "the item, by its title or id; a title may hold slashes" },
  field: { type: "string", placeholder: "NAME", about: "the field, by its label or id" },
  "value-from-env": { type: "string", placeholder: "VAR", about: "take the value of an environment variable; else it is asked for, without echo" },
} as const satisfies Record<string, OptionSpec>

const TOKEN_NOTE = "The service account token comes from OP_SERVICE_ACCOUNT_TOKEN, or from the variable that providers.op.serviceAccountTokenEnv names. It needs the package @1password/sdk."

/** Items of 1Password, without a value on the screen or on the command line. */
export const PROVIDER_OP_COMMANDS: readonly CommandSpec[] = [
  {
    name: "provider op vault list",
    summary: "list the vaults of 1Password that the service account sees",
    args: [],
    options: {},
    notes: [TOKEN_NOTE],
    load: async () => (await import("./commands/provider.ts")).opVaultList,
  },
  {
    name: "provider op item list",
    summary: "list items of 1Password and their fields, never a value",
    args: [],
    options: { vault: VAULT },
    notes: [TOKEN_NOTE],
    load: async () => (await import("./commands/provider.ts")).opItemList,
  },
  {
    name: "provider op item create",
    summary: "give an item of 1Password a field, and make the item where there is none",
    args: [],
    options: PLACE,
    notes: ["A field that is there is left alone.", TOKEN_NOTE],
    load: async () => (await import("./commands/provider.ts")).opItemCreate,
  },
  {
    name: "provider op item update",
    summary: "change the value of a field of 1Password",
    args: [],
    options: PLACE,
    notes: [TOKEN_NOTE],
    load: async () => (await import("./commands/provider.ts")).opItemUpdate,
  },
]
