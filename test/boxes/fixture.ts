import { afterEach } from "vitest"
import { inviteToBoxes } from "../../src/core/boxes/codes.ts"
import type { RouteName } from "../../src/boxes/protocol/routes.ts"
import { grant } from "../open-test-context.ts"
import { openBoxServer, type OpenBoxServer } from "./open-box-server.ts"
import { OPENING_CODE, openRawHolder, SERVER_ID_CODE, type Answer, type Body, type RawHolder, type RawServer } from "./raw-request.ts"

type ServerOptions = Parameters<typeof openBoxServer>[0]

export interface Exchanged extends Answer {
  headers: Headers
}

interface Fixture {
  server: OpenBoxServer
  raw: RawServer
  /** A box that is open. */
  holder: RawHolder
}

/** Servers that are closed behind each test. */
export const createServers = () => {
  const servers: OpenBoxServer[] = []
  const start = async (options: ServerOptions = {}): Promise<OpenBoxServer> => {
    const server = await openBoxServer(options)
    servers.push(server)
    return server
  }
  const closeAll = async (): Promise<void> => {
    for (const each of servers.splice(0)) await each.close()
  }
  afterEach(closeAll)
  const startWithBox = async (options: ServerOptions = {}): Promise<Fixture> => {
    const server = await start(options)
    const raw = { url: server.url, now: () => server.store.clock.now }
    return { server, raw, holder: await openRawHolder(raw) }
  }
  return { start, startWithBox, closeAll }
}

/** Any request to a server. */
export const exchange = async (server: OpenBoxServer, path: string, init: RequestInit): Promise<Exchanged> => {
  const response = await fetch(new URL(path, server.url), init)
  return { status: response.status, text: await response.text(), headers: response.headers }
}

/** A code as the store's own people give it. */
export const newCode = async ({ store }: OpenBoxServer): Promise<string> => (await inviteToBoxes(store.as([grant("*", "admin")]), {})).code.reveal()

export const outcome = ({ status, text }: Answer): Answer => ({ status, text })

export const JSON_TYPE = { "content-type": "application/json" }

/** What each route is sent when nothing is wrong with it. */
export const FIELDS: Record<RouteName, Body> = {
  getNodeId: { authCode: SERVER_ID_CODE },
  createAuthCode: { action: "a" },
  openSecretSpace: { authCode: OPENING_CODE, closureDate: null },
  getSecretSpace: {},
  deleteSecretSpace: {},
  setSecret: { secretId: "s", secret: "x" },
  getSecret: { secretId: "s" },
  deleteSecret: { secretId: "s" },
  openSubSpace: { fromId: "a".repeat(64), closureDate: null },
  getSubSpace: { fromId: "a".repeat(64) },
  deleteSubSpace: { fromId: "a".repeat(64) },
  shareSecretTo: { shareToId: "a".repeat(64), secretId: "s", secret: "x", isOneTimeSecret: false },
  getSecretFrom: { fromId: "a".repeat(64), secretId: "s" },
  deleteSharedSecret: { sharedToId: "a".repeat(64), secretId: "s" },
  addNotificationHook: { type: "log", targetId: "this", notifyURL: "http://127.0.0.1:1/" },
  getNotificationHooks: { targetId: "this" },
  deleteNotificationHook: { notificationHookId: "a".repeat(32) },
}
