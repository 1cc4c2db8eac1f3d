import { createBoxServer } from "../../src/boxes/server/box-server.ts"
import type { BoxSettings } from "../../src/boxes/server/handler.ts"
import { createServerOver } from "../../src/server/create-server.ts"
import { listen } from "../../src/server/listen.ts"
import type { ServerSettings } from "../../src/server/settings.ts"
import { openTestContext, type TestContext } from "../open-test-context.ts"

export interface OpenBoxServer {
  store: TestContext
  /** What a client gets as its `serverURL`. */
  url: string
  /** The server's key. */
  id: string
  /** Everything that was logged. */
  log: string[]
  close(): Promise<void>
}

interface Options extends Partial<BoxSettings> {
  database?: string
  keys?: string
  settings?: Partial<ServerSettings>
}

/** Boxes over a store of their own, on a port of their own, with a clock that stands still. */
export const openBoxServer = async ({ anonymous = "allow", database, keys, settings = {} }: Options = {}): Promise<OpenBoxServer> => {
  const store = await openTestContext(database, keys)
  const boxes = createBoxServer(store.ctx, { anonymous })
  const log: string[] = []
  const all = { port: 0, requestsPerMinute: null, ...settings, log: { level: "debug" as const, destination: { write: (line: string) => void log.push(line) } } }
  const listening = await listen(createServerOver({ ctx: store.ctx, boxes, settings: all }), all)
  return {
    store,
    url: `${listening.url}/boxes`,
    id: boxes.id(),
    log,
    close: async () => {
      await listening.close()
      await store.close()
    },
  }
}
