import type { VersionFacts } from "../backend.ts"
import type { Call } from "../command.ts"
import { withBackend } from "../open-backend.ts"
import { table, time } from "../table.ts"
import { workspaceOf } from "../workspace.ts"

export const history = async (call: Call): Promise<void> => {
  const name = call.args[0] as string
  const workspace = await workspaceOf(call)
  const versions = await withBackend(call, (backend) => backend.versions({ workspace, name }))
  call.screen.show(versions, () => table(["VERSION", "CREATED", "BY", ""], versions.map(row)))
}

const row = ({ version, createdAt, principal, current }: VersionFacts): string[] => [
  String(version),
  time(createdAt),
  principal?.name ?? "-",
  current ? "current" : "",
]
