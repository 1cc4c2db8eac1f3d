import { DEFAULT_NAMESPACE } from "./limits.ts"
import { PutArgs } from "./shapes.ts"
import { defineUseCase } from "./use-case.ts"
import { writeSecrets, type PutResult } from "./write-secrets.ts"

/** Stores a value as the next version of a secret, making the secret where there is none. */
export const put = defineUseCase({
  name: "put",
  permission: "write",
  scope: "workspace",
  events: ["created", "updated"],
  args: PutArgs,
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, ...write }): Promise<PutResult> => {
    const [result] = await writeSecrets(ctx, namespace, [write])
    return result as PutResult
  },
})
