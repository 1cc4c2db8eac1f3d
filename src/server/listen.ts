import type { AddressInfo } from "node:net"
import type { FastifyInstance } from "fastify"
import { SecretError } from "../base/errors.ts"
import { isLoopbackName } from "./host-guard.ts"
import { DEFAULT_SETTINGS, type ServerSettings } from "./settings.ts"

/** A server that listens. */
export interface Listening {
  /** Where a program on this machine reaches it. */
  url: string
  /** Refuses what is new, finishes what runs, then resolves. The store stays open. */
  close(): Promise<void>
}

/**
 * Starts to listen: on loopback unless told otherwise, and says once where plain HTTP leaves the machine.
 * @throws SecretError `not_supported` where the address is taken or not ours
 */
export const listen = async (server: FastifyInstance, given: Partial<ServerSettings> = {}): Promise<Listening> => {
  const { host, port, publicUrl } = { ...DEFAULT_SETTINGS, ...given }
  try {
    await server.listen({ host, port })
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new SecretError("not_supported", `the server cannot listen on ${host}:${port} (${code ?? "unknown"})`, {
      cause,
      help: "Choose another SOTTO_PORT or SOTTO_HOST, or stop what listens there.",
    })
  }
  if (!isLoopbackName(host) && publicUrl?.protocol !== "https:")
    server.log.warn("this server listens beyond loopback without TLS: put a proxy with TLS in front and set SOTTO_PUBLIC_URL to its https:// origin")
  const { port: taken } = server.server.address() as AddressInfo
  return { url: `http://${isLoopbackName(host) ? bracketed(host) : "127.0.0.1"}:${taken}`, close: () => server.close() }
}

const bracketed = (host: string): string => (host.includes(":") && !host.startsWith("[") ? `[${host}]` : host)
