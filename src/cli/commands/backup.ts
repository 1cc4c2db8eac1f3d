import { writeBackup } from "../../store/backup-file.ts"
import type { Call } from "../command.ts"
import { assertLocal } from "../open-backend.ts"
import { openLocalStore } from "../open-local-store.ts"
import { count } from "../table.ts"

export const backup = async (call: Call): Promise<void> => {
  assertLocal(call, "backup")
  const path = call.args[0] as string
  const { ctx, close } = await openLocalStore(call)
  try {
    const written = await writeBackup(ctx, path)
    if (call.screen.isJson) call.screen.json({ file: path, ...written })
    else call.screen.note(`Wrote ${path}: ${count(written.records, "record")}, encrypted as they are in the database`)
  } finally {
    await close()
  }
}
