import { afterEach, describe, expect, it } from "vitest"
import { openBoxServer, type OpenBoxServer } from "./open-box-server.ts"
import { createOriginalClient, type OriginalClient } from "./original-client.ts"

let server: OpenBoxServer
afterEach(() => server.close())

const join = async (options: { authCode?: string; closureDate?: number } = {}): Promise<OriginalClient> => {
  const client = createOriginalClient({ serverURL: server.url, now: () => server.store.clock.now, ...options })
  await client.keysReady
  await client.ready
  return client
}

describe("the original's client at Sotto's server", () => {
  it("keeps a secret and reads it back", async () => {
    server = await openBoxServer()
    const client = await join()
    expect(await client.setSecret("name", "value")).toEqual({ ok: true })
    expect(await client.getSecret("name")).toBe("value")
  })
})
