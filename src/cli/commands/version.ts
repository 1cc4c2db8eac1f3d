import type { Call } from "../command.ts"
import { packageVersion } from "../package-version.ts"

export const version = async ({ screen }: Call): Promise<void> => {
  const number = packageVersion()
  screen.show({ version: number, node: process.versions.node }, () => number)
}
