import { appendEvents, nowOf } from "./context.ts"
import { DEFAULT_NAMESPACE } from "./limits.ts"
import { PutManyArgs } from "./shapes.ts"
import { defineUseCase } from "./use-case.ts"
import { writeSecrets, type PutResult } from "./write-secrets.ts"

/** Stores many values in one transaction: all or nothing. Results stand in the order of the arguments. */
export const putMany = defineUseCase({
  name: "putMany",
  permission: "write",
  scope: "workspace",
  events: ["created", "updated", "imported"],
  args: PutManyArgs,
  run: (ctx, { namespace = DEFAULT_NAMESPACE, secrets, purpose }): Promise<(PutResult & { name: string })[]> =>
    writeSecrets(ctx, namespace, secrets, {
      also: async (tx) => {
        if (purpose !== "import" || secrets.length === 0) return
        const metadata = { count: secrets.length }
        await appendEvents(tx, [{ type: "imported", at: nowOf(ctx), principal: ctx.actor.principal, namespace, metadata }])
      },
    }).then((results) => results.map((result, i) => ({ name: (secrets[i] as { name: string }).name, ...result }))),
})
