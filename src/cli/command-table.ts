import { AGENT_COMMANDS } from "./agent-commands.ts"
import { BASE_COMMANDS, SHELL_COMMANDS } from "./base-commands.ts"
import { BOX_COMMANDS } from "./box-commands.ts"
import type { CommandSpec } from "./command.ts"
import { ENVIRONMENT_COMMANDS } from "./environment-commands.ts"
import { JOBS_COMMANDS } from "./jobs-commands.ts"
import { KEYRING_COMMANDS } from "./keyring-commands.ts"
import { PROVIDER_KEEPASS_COMMANDS } from "./provider-keepass-commands.ts"
import { PROVIDER_OP_COMMANDS } from "./provider-op-commands.ts"
import { REQUEST_COMMANDS } from "./request-commands.ts"
import { RUN_COMMANDS } from "./run-commands.ts"
import { SECRET_COMMANDS } from "./secret-commands.ts"
import { STORE_COMMANDS } from "./store-commands.ts"

/** Every command, in the order that help lists them. A new one is a file in `commands/` and an entry in one of these. */
export const COMMANDS: readonly CommandSpec[] = [
  ...BASE_COMMANDS,
  ...SECRET_COMMANDS,
  ...RUN_COMMANDS,
  ...JOBS_COMMANDS,
  ...PROVIDER_KEEPASS_COMMANDS,
  ...PROVIDER_OP_COMMANDS,
  ...REQUEST_COMMANDS,
  ...AGENT_COMMANDS,
  ...ENVIRONMENT_COMMANDS,
  ...BOX_COMMANDS,
  ...STORE_COMMANDS,
  ...KEYRING_COMMANDS,
  ...SHELL_COMMANDS,
]
