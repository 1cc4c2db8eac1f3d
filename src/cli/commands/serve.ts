import { maintain, type MaintainResult } from "../../core/maintain.ts"
import type { OpenedEnvironment } from "../../store/open-environment.ts"
import { createServerOver } from "../../server/create-server.ts"
import type { McpEndpoint } from "../../server/mount-mcp.ts"
import { readConsoleFiles } from "../../server/mount-console.ts"
import { listen, type Listening } from "../../server/listen.ts"
import { readServerSettings, type ServerSettings } from "../../server/settings.ts"
import type { Call } from "../command.ts"
import { assertLocal } from "../open-backend.ts"
import { openLocalStore } from "../open-local-store.ts"
import { consoleFolder, packageVersion } from "../package-version.ts"
import { stopSignal } from "../stop-signal.ts"
import { hasAnybodySignedIn, makeSignInLink, reachableUrl } from "../sign-in-link.ts"

const MAINTAIN_EVERY_MS = 60_000

export const serve = async (call: Call): Promise<void> => {
  assertLocal(call, "serve")
  const settings = settingsOf(call)
  const store = await openLocalStore(call)
  try {
    const { ctx, keyring: keyAdministration } = store
    const version = packageVersion()
    const boxes = settings.boxes.isOn && (await import("../../boxes/server/box-server.ts")).createBoxServer(ctx, settings.boxes)
    const console = await readConsoleFiles(consoleFolder())
    const server = createServerOver({ ctx, keyAdministration, settings, version, mcp: createLazyMcp(version), ...(boxes && { boxes }), ...(console && { console }) })
    const listening = await listen(server, settings)
    const { startSyncEngine } = await import("../../remote/sync-engine.ts")
    const deliveries = startSyncEngine(ctx, { onFailure: (error) => logFailure(server.log, error, "a round of deliveries failed; it is tried again") })
    const stopUpkeep = maintain(ctx, { everyMs: MAINTAIN_EVERY_MS, onResult: (result) => logUpkeep(server.log, result) })
    await greet(call, { store, settings, listening })
    await stopSignal(call)
    call.screen.note("Stopping: what runs is finished")
    await listening.close()
    await Promise.all([stopUpkeep(), deliveries.close()])
  } finally {
    await store.close()
  }
}

/** The protocol's packages are loaded for the first client that speaks it. */
const createLazyMcp = (version: string): McpEndpoint => {
  let loaded: Promise<McpEndpoint> | undefined
  const load = (): Promise<McpEndpoint> => (loaded ??= import("../../agent/mcp/mcp-over-http.ts").then(({ createMcpHttp }) => createMcpHttp({ version })))
  return { fetch: async (request, caller) => (await load()).fetch(request, caller), close: async () => (await loaded)?.close() }
}

/** Logs go to stderr; a person at a terminal is told of problems only, unless they asked for more. */
const settingsOf = ({ env, screen, options }: Call): ServerSettings => {
  const settings = readServerSettings({ ...env, ...(options.flag("boxes") && { SOTTO_BOXES: "on" }) })
  const level = env.SOTTO_LOG_LEVEL === undefined && screen.isTerminal.stderr ? "warn" : settings.log.level
  return { ...settings, log: { level, destination: { write: (line: string) => screen.noteRaw(line) } } }
}

interface Started {
  store: OpenedEnvironment
  settings: ServerSettings
  listening: Listening
}

const greet = async ({ screen }: Call, { store, settings, listening }: Started): Promise<void> => {
  const url = reachableUrl(settings, listening.url)
  if (screen.isJson) screen.json({ url, listening: listening.url })
  else screen.write(`Sotto runs at ${url}\n`)
  if (screen.isJson || !screen.isTerminal.stdout) return
  if (await hasAnybodySignedIn(store.ctx)) screen.note("Sign in with the link that `sotto open` prints.")
  else screen.write(`Sign in within ten minutes, once:\n\n  ${await makeSignInLink(store.ctx, url)}\n\n`)
}

const logUpkeep = (log: { warn: (fact: object, text: string) => void }, result: MaintainResult): void => {
  if (!result.claimed || !("error" in result)) return
  logFailure(log, result.error, "a round of upkeep failed; the next one tries again")
}

const logFailure = (log: { warn: (fact: object, text: string) => void }, error: unknown, text: string): void => {
  const { code } = error as { code?: string }
  log.warn({ code: code ?? "internal" }, text)
}
