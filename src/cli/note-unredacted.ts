import { existsSync } from "node:fs"
import { readStoreSettings } from "../store/settings.ts"
import type { Call } from "./command.ts"
import { isRemote } from "./open-backend.ts"
import { openLocalStore } from "./open-local-store.ts"
import { workspaceOf } from "./workspace.ts"

/** Leaves an event where a store of this machine is at hand; says so where there is none. */
export const noteUnredacted = async (call: Call, names: readonly string[]): Promise<void> => {
  call.screen.note("sotto: what the command prints is not masked.")
  if (isRemote(call.env)) return call.screen.note("sotto: a server keeps no record of that.")
  const settings = readStoreSettings(call.env)
  const file = settings.database.replace(/^file:/, "")
  if (settings.database.startsWith("file:") && !existsSync(file)) return
  const [{ noteUnredactedRun }, namespace] = await Promise.all([import("../core/note-unredacted-run.ts"), workspaceOf(call)])
  const { ctx, close } = await openLocalStore(call, { settings })
  try {
    await noteUnredactedRun(ctx, { namespace, names: [...names] })
  } finally {
    await close()
  }
}
