import { serveMcpStdio } from "../../agent/mcp/mcp-over-stdio.ts"
import { SecretError } from "../../base/errors.ts"
import { agentFor } from "../../core/agent-actor.ts"
import { createServerOver } from "../../server/create-server.ts"
import { listen } from "../../server/listen.ts"
import type { Call } from "../command.ts"
import { isRemote } from "../open-backend.ts"
import { openLocalStore } from "../open-local-store.ts"
import { packageVersion } from "../package-version.ts"
import { workspaceOf } from "../workspace.ts"

/** Speaks MCP on stdin and stdout; forms are served on a free port of this machine. */
export const mcp = async (call: Call): Promise<void> => {
  if (isRemote(call.env))
    throw new SecretError("not_supported", "SOTTO_URL names a server, which speaks MCP by itself", {
      help: "Give your client the address $SOTTO_URL/mcp with the token as bearer, or unset SOTTO_URL.",
    })
  const workspace = await workspaceOf(call)
  const name = call.options.text("name") ?? "MCP client"
  const store = await openLocalStore(call)
  const log = { level: "warn" as const, destination: { write: (line: string) => call.screen.noteRaw(line) } } // stdout is the protocol's
  const forms = createServerOver({ ctx: store.ctx, settings: { port: 0, log } })
  try {
    const { url } = await listen(forms, { port: 0 })
    await serveMcpStdio(
      {
        ctx: { ...store.ctx, actor: agentFor(store.ctx.actor, { id: "mcp", name, workspace }) },
        workspace,
        formUrl: (requestId) => `${url}/r/${requestId}`,
        onFailure: (reference) => call.screen.note(`a tool failed (reference ${reference})`),
      },
      { version: packageVersion() },
    )
  } finally {
    await forms.close()
    await store.close()
  }
}
