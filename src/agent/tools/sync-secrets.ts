import * as z from "zod/mini"
import { SecretError } from "../../base/errors.ts"
import { ENV_FORMATS } from "../../envfile/env-format.ts"
import { EnvironmentName, syncFields } from "../../core/environments/environment-shapes.ts"
import { environmentStatus } from "../../core/environments/manage-environments.ts"
import { syncEnvironment } from "../../core/environments/sync.ts"
import { defineTool } from "../tool.ts"

export const syncSecretsTool = defineTool({
  name: "sync_secrets",
  title: "Deliver secrets to a sandbox",
  description:
    "Brings a remote environment the secrets that people allow there, takes away what was removed, and restarts its app where something changed. You get names, never a value. Code in that sandbox can read what is delivered. With `mode` plan nothing is done, and you see what would be.",
  input: z.strictObject({
    /** The environment. */
    target: EnvironmentName,
    ...syncFields(),
    /** What you expect its app to read; another one is refused. Each daemon writes in the format that it was set up for. */
    format: z.optional(z.enum(ENV_FORMATS, `format is one of ${ENV_FORMATS.join(", ")}`)),
  }),
  output: z.strictObject({
    target: z.string(),
    generation: z.number(),
    mode: z.enum(["plan", "apply"]),
    added: z.array(z.string()),
    updated: z.array(z.string()),
    removed: z.array(z.string()),
    unchanged: z.number(),
    restarted: z.boolean(),
    warnings: z.array(z.strictObject({ key: z.string(), code: z.string() })),
  }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  exclusive: false,
  run: async ({ target, format, ...request }, { scope: { ctx, workspace } }) => {
    const ref = { namespace: workspace, name: target }
    if (format !== undefined) await assertFormat(ctx, ref, format)
    return syncEnvironment(ctx, { ...ref, ...request })
  },
})

const assertFormat = async (ctx: Parameters<typeof environmentStatus>[0], ref: { namespace: string; name: string }, format: string): Promise<void> => {
  const { sandbox } = await environmentStatus(ctx, ref)
  if (sandbox === null || sandbox.format === format) return
  throw new SecretError("not_supported", `the sandbox "${ref.name}" writes ${sandbox.format}`, { details: { environment: ref.name, format: sandbox.format }, help: "Its daemon is started with another --format by whoever runs it." })
}
