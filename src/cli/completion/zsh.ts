import type { CommandSpec } from "../command.ts"
import { bashCompletion } from "./bash.ts"

/** zsh reads bash's completion itself. */
export const zshCompletion = (commands: readonly CommandSpec[]): string =>
  `autoload -Uz bashcompinit && bashcompinit\n${bashCompletion(commands).replace("# bash completion", "# zsh completion")}`
