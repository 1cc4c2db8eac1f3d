import * as z from "zod/mini"
import { appendEvents, nowOf } from "./context.ts"
import { DEFAULT_NAMESPACE, LIMITS } from "./limits.ts"
import { Namespace } from "./shapes.ts"
import { defineUseCase } from "./use-case.ts"

const Variable = z.string("a name must be a string").check(z.maxLength(LIMITS.nameMaxCharacters, "a name is too long"))

/** Somebody runs a command with these variables and asks that its output is not masked: that is their right, and no secret. */
export const noteUnredactedRun = defineUseCase({
  name: "noteUnredactedRun",
  permission: "use",
  scope: "workspace",
  events: ["run_unredacted"],
  args: () =>
    z.strictObject({
      namespace: z.optional(Namespace),
      names: z.array(Variable, "names must be an array").check(z.maxLength(LIMITS.batchMaxItems, `names must be at most ${LIMITS.batchMaxItems}`)),
    }),
  run: (ctx, { namespace = DEFAULT_NAMESPACE, names }): Promise<void> =>
    ctx.storage.write((tx) =>
      appendEvents(tx, [{ type: "run_unredacted", at: nowOf(ctx), principal: ctx.actor.principal, namespace, metadata: { names } }]),
    ),
})
