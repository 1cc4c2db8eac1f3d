import type { keyringRoutes } from "../../api/keyring-routes.ts"
import { addKeyTo } from "../../core/access/add-key.ts"
import { retireKeyOf } from "../../core/access/retire-key-of.ts"
import { cleanupEvents, cleanupSecrets } from "../../core/cleanup.ts"
import { rotationStatus } from "../../core/rotation-status.ts"
import type { Handlers, ServerParts } from "../call.ts"

export const createKeyringHandlers = ({ rotation, keyAdministration }: ServerParts): Handlers<keyof typeof keyringRoutes> => {
  const addKey = addKeyTo(keyAdministration)
  const retireKey = retireKeyOf(keyAdministration)
  return {
    keyringStatus: ({ ctx }) => rotationStatus(ctx, {}),
    addKey: ({ ctx }) => addKey(ctx, {}),
    retireKey: ({ ctx, params }) => retireKey(ctx, { version: params.version }),
    startRotation: ({ ctx, body }) =>
      rotation.start(ctx, { reencrypt: body?.reencrypt === true, dryRun: body?.dryRun === true }),
    rotationProgress: async ({ ctx }) => ({ status: await rotationStatus(ctx, {}), progress: rotation.last }),
    cleanUp: async ({ ctx, body: { secretsRetentionMs, eventsRetentionMs, only } = {} }) => ({
      ...(only !== "events" && { secrets: await cleanupSecrets(ctx, { retentionMs: secretsRetentionMs }) }),
      ...(only !== "secrets" && { events: await cleanupEvents(ctx, { retentionMs: eventsRetentionMs }) }),
    }),
  }
}
