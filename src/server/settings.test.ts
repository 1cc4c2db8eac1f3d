import { createServer } from "node:net"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { describe, expect, it } from "vitest"
import { openTestServer } from "../../test/open-test-server.ts"
import { listen } from "./listen.ts"
import { readServerSettings } from "./settings.ts"

describe("a server's settings", () => {
  it("keep to this machine where nothing is set", () => {
    expect(readServerSettings({ SOTTO_PORT: "", SOTTO_HOST: "  " })).toEqual({
      host: "127.0.0.1",
      port: 7766,
      publicUrl: null,
      trustProxy: null,
      requestsPerMinute: 6_000,
      adminToken: null,
      boxes: { isOn: false, anonymous: "deny", origins: [] },
      log: { level: "info" },
    })
  })

  it("come from the environment", () => {
    const settings = readServerSettings({
      SOTTO_HOST: "0.0.0.0",
      SOTTO_PORT: "0",
      SOTTO_PUBLIC_URL: "https://secrets.example.com/",
      SOTTO_TRUST_PROXY: "10.0.0.0/8",
      SOTTO_RATE_LIMIT: "100",
      SOTTO_ADMIN_TOKEN: "x".repeat(32),
      SOTTO_BOXES: "on",
      SOTTO_BOXES_ANONYMOUS: "allow",
      SOTTO_BOXES_ORIGINS: "https://app.example.com, http://127.0.0.1:3000",
      SOTTO_LOG_LEVEL: "warn",
    })
    expect(settings.boxes).toEqual({ isOn: true, anonymous: "allow", origins: ["https://app.example.com", "http://127.0.0.1:3000"] })
    expect(settings).toMatchObject({ host: "0.0.0.0", port: 0, trustProxy: "10.0.0.0/8", requestsPerMinute: 100, log: { level: "warn" } })
    expect(settings.publicUrl?.origin).toBe("https://secrets.example.com")
    expect(readServerSettings({ SOTTO_RATE_LIMIT: "off" }).requestsPerMinute).toBeNull()
  })

  it.each([
    { SOTTO_PORT: "65536" },
    { SOTTO_PORT: "-1" },
    { SOTTO_PORT: "7766x" },
    { SOTTO_RATE_LIMIT: "0" },
    { SOTTO_RATE_LIMIT: "many" },
    { SOTTO_PUBLIC_URL: "secrets.example.com" },
    { SOTTO_PUBLIC_URL: "https://secrets.example.com/sotto" },
    { SOTTO_PUBLIC_URL: "https://user@secrets.example.com" },
    { SOTTO_PUBLIC_URL: "ftp://secrets.example.com" },
    { SOTTO_ADMIN_TOKEN: "canary-too-short" },
    { SOTTO_LOG_LEVEL: "loud" },
    { SOTTO_BOXES: "yes" },
    { SOTTO_BOXES_ANONYMOUS: "on" },
    { SOTTO_BOXES_ORIGINS: "app.example.com" },
    { SOTTO_BOXES_ORIGINS: "https://app.example.com/" },
  ])("are refused where they make no sense: %j", (env) => {
    expect(() => readServerSettings(env)).toThrow(expect.objectContaining({ code: "invalid_argument", message: expect.not.stringContaining("canary") }))
  })

  it("name an address that is taken as the reason", async () => {
    const other = createServer().listen(0, "127.0.0.1")
    await once(other, "listening")
    const { port } = other.address() as AddressInfo
    const server = await openTestServer()
    await expect(listen(server.app, { port })).rejects.toMatchObject({ code: "not_supported", message: `the server cannot listen on 127.0.0.1:${port} (EADDRINUSE)` })
    await server.close()
    other.close()
  })
})
