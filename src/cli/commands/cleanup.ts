import type { Call } from "../command.ts"
import { parseDuration } from "../duration.ts"
import { withBackend } from "../open-backend.ts"
import { count } from "../table.ts"

export const cleanup = async (call: Call): Promise<void> => {
  const secrets = call.options.text("secrets-retention")
  const events = call.options.text("events-retention")
  const totals = await withBackend(call, (backend) =>
    backend.cleanup({
      ...(secrets !== undefined && { secretsMs: parseDuration("--secrets-retention", secrets) }),
      ...(events !== undefined && { eventsMs: parseDuration("--events-retention", events) }),
    }),
  )
  if (call.screen.isJson) call.screen.json(totals)
  else call.screen.note(`Deleted ${count(totals.secrets.deleted, "expired secret")} and ${count(totals.events.deleted, "event")}`)
}
