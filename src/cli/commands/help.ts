import { SecretError } from "../../base/errors.ts"
import type { Call } from "../command.ts"
import { helpOf, overview } from "../help-text.ts"

export const help = async ({ args, commands, screen }: Call): Promise<void> => {
  const name = args.join(" ")
  const found = commands.filter((spec) => name === "" || spec.name === name || spec.name.startsWith(`${name} `))
  if (found.length === 0) throw new SecretError("invalid_argument", "there is no such command", { help: "Run `sotto help` for the list." })
  if (screen.isJson) screen.json(found.map(({ load: _load, ...spec }) => spec))
  else screen.write(name === "" ? overview(found) : found.map(helpOf).join("\n"))
}
