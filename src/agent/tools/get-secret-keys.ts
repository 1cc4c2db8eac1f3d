import * as z from "zod/mini"
import { listAgentKeys } from "../../core/policy/list-agent-keys.ts"
import { defineTool } from "../tool.ts"

const iso = (ms: number): string => new Date(ms).toISOString()

export const getSecretKeys = defineTool({
  name: "get_secret_keys",
  title: "List secret keys",
  description:
    "Lists the secrets of the workspace by key, never their values: which are set, and what you may do with each without seeing it (`use`: exec for run_with_secrets, http for http_with_secrets). Call it before you ask a person for anything.",
  input: z.strictObject({ prefix: z.optional(z.string()), cursor: z.optional(z.string()) }),
  output: z.strictObject({
    workspace: z.string(),
    keys: z.array(
      z.strictObject({
        key: z.string(),
        hasValue: z.boolean(),
        description: z.optional(z.string()),
        version: z.number(),
        updatedAt: z.string(),
        expiresAt: z.optional(z.string()),
        use: z.array(z.enum(["exec", "http"])),
        hosts: z.optional(z.array(z.string())),
        pendingRequestId: z.optional(z.string()),
      }),
    ),
    nextCursor: z.optional(z.string()),
  }),
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  exclusive: false,
  run: async (args, { scope: { ctx, workspace } }) => {
    const { keys, nextCursor } = await listAgentKeys(ctx, { namespace: workspace, ...args })
    const shown = keys.map(({ updatedAt, expiresAt, ...key }) => ({
      ...key, updatedAt: iso(updatedAt), ...(expiresAt !== undefined && { expiresAt: iso(expiresAt) }),
    }))
    return { workspace, keys: shown, ...(nextCursor !== undefined && { nextCursor }) }
  },
})
