import { Agent as PlainAgent, request as requestPlain, type IncomingMessage, type RequestOptions } from "node:http"
import { Agent, request } from "node:https"
import { isIP, type LookupFunction } from "node:net"
import type { CheckedAddress } from "./addresses.ts"

/** One request as it goes out, with the value in it. */
export interface Outgoing {
  method: string
  url: URL
  headers: Record<string, string>
  body: Uint8Array | null
}

export interface ExchangeOptions {
  addresses: readonly CheckedAddress[]
  /** Authorities in PEM, instead of the system's. */
  ca?: string | undefined
  signal: AbortSignal
}

/**
 * Sends one request over a connection of its own and gives the answer once its headers are there. `signal` ends both. Whether plain
 * HTTP will do is for the caller to have decided.
 */
export const exchange = ({ method, url, headers, body }: Outgoing, { addresses, ca, signal }: ExchangeOptions): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const options: RequestOptions = {
      method,
      host: url.hostname.replace(/^\[|\]$/g, ""),
      path: `${url.pathname}${url.search}`,
      headers,
      signal,
      lookup: pinnedTo(addresses),
    }
    const sent = url.protocol === "http:" ? requestPlain({ ...options, ...plainOptions(url) }) : request({ ...options, ...tlsOptions(url, ca) })
    sent.once("response", resolve)
    // Stays: what fails later must not end the process.
    sent.on("error", reject)
    // Without either: what wanted to go on in another protocol.
    sent.once("close", () => reject(new Error("closed without an answer")))
    sent.end(body ?? undefined)
  })

// An agent of its own: no connection, session or proxy is shared with anything.
const plainOptions = (url: URL) => ({ port: url.port === "" ? 80 : Number(url.port), agent: new PlainAgent({ keepAlive: false }) })

const tlsOptions = (url: URL, ca: string | undefined) => ({
  port: url.port === "" ? 443 : Number(url.port),
  ...(isIP(url.hostname) === 0 && { servername: url.hostname }),
  ...(ca !== undefined && { ca }),
  // Said aloud, because variables of the environment may say otherwise.
  rejectUnauthorized: true,
  minVersion: "TLSv1.2" as const,
  agent: new Agent({ keepAlive: false, maxCachedSessions: 0 }),
})

const pinnedTo = (addresses: readonly CheckedAddress[]): LookupFunction => (_host, { all }, done) => {
  const [first] = addresses as [CheckedAddress]
  if (all === true) done(null, [...addresses])
  else done(null, first.address, first.family)
}
