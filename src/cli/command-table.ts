import type { CommandSpec } from "./command.ts"
import { SECRET_COMMANDS } from "./secret-commands.ts"

/** Every command, in the order that help lists them. A new one is a file in `commands/` and an entry here. */
export const COMMANDS: readonly CommandSpec[] = [...SECRET_COMMANDS]
