import { SecretError } from "../../base/errors.ts"
import type { Call } from "../command.ts"
import { bashCompletion } from "../completion/bash.ts"
import { fishCompletion } from "../completion/fish.ts"
import { zshCompletion } from "../completion/zsh.ts"

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

export const completion = async ({ args, commands, screen }: Call): Promise<void> => {
  const shell = args[0] as string
  if (!Object.hasOwn(SHELLS, shell)) throw new SecretError("invalid_argument", `a shell is one of ${Object.keys(SHELLS).join(", ")}`)
  screen.write(SHELLS[shell as keyof typeof SHELLS](commands))
}
