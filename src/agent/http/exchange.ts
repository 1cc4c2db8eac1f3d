import { request as httpsRequest } from "node:https"
import type { IncomingMessage } from "node:http"
import { isIP, type LookupFunction } from "node:net"
import type { Transform } from "node:stream"
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib"
import { SecretError } from "../../base/errors.ts"
import { checkedAddress, type CheckedAddress, type Lookup } from "./addresses.ts"
import type { PreparedRequest } from "./place-secret.ts"

/** What a test puts in the place of the world. */
export interface Network {
  lookup: Lookup
  isAllowed: (address: string) => boolean
  /** Certificate authorities, PEM; the system's where absent. */
  ca?: string
}

export interface RawAnswer {
  status: number
  headers: Record<string, string>
  /** Decompressed; at most what was asked for. */
  body: Uint8Array
  isCut: boolean
}

interface Limits {
  timeoutMs: number
  maxBytes: number
  signal?: AbortSignal | undefined
}

/**
 * One request over a connection of its own, to an address that was checked, under the name that the certificate has to have.
 * @throws SecretError `server_unreachable`, `aborted`, `forbidden`: never with anything that came back
 */
export const exchange = async (prepared: PreparedRequest, network: Network, limits: Limits): Promise<RawAnswer> => {
  const address = await checkedAddress(prepared.url.hostname, network.lookup, network.isAllowed)
  const signal = AbortSignal.any([AbortSignal.timeout(limits.timeoutMs), ...(limits.signal ? [limits.signal] : [])])
  try {
    const message = await send(prepared, { address, signal, ...(network.ca !== undefined && { ca: network.ca }) })
    return await receive(message, prepared.method, limits.maxBytes)
  } catch (error) {
    throw failureOf(error, signal)
  }
}

const send = ({ method, url, headers, body }: PreparedRequest, { address, signal, ca }: { address: CheckedAddress; signal: AbortSignal; ca?: string }): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const pinned = ((_host: string, options: { all?: boolean }, done: (...args: unknown[]) => void) =>
      options.all === true ? done(null, [address]) : done(null, address.address, address.family)) as unknown as LookupFunction
    const length = body === null ? {} : { "content-length": String(Buffer.byteLength(body)) }
    const request = httpsRequest(
      url,
      { method, headers: { ...headers, ...length }, lookup: pinned, agent: false, signal, servername: isIP(url.hostname.replace(/^\[|\]$/g, "")) === 0 ? url.hostname : "", ...(ca !== undefined && { ca }) },
      resolve,
    )
    request.once("error", reject)
    request.end(body ?? undefined)
  })

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip, "x-gzip": createGunzip, deflate: createInflate, br: createBrotliDecompress, zstd: createZstdDecompress,
}

/** It was asked for as it is; what is compressed all the same is opened, or not shown. */
const receive = async (message: IncomingMessage, method: string, maxBytes: number): Promise<RawAnswer> => {
  const encoding = (message.headers["content-encoding"] ?? "identity").trim().toLowerCase()
  const status = message.statusCode ?? 0
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]))
  if (method === "HEAD") {
    message.destroy()
    return { status, headers, body: new Uint8Array(0), isCut: false }
  }
  const open = DECODERS[encoding]
  if (open === undefined && encoding !== "identity" && encoding !== "") {
    message.destroy()
    throw new SecretError("server_unreachable", "the server answered in an encoding that cannot be looked into")
  }
  const source = open === undefined ? message : pipeThrough(message, open())
  return { status, headers, ...(await read(source, maxBytes)) }
}

const pipeThrough = (message: IncomingMessage, decoder: Transform): Transform => {
  message.once("error", (error) => decoder.destroy(error))
  return message.pipe(decoder)
}

/** Stops reading at the limit: a small answer may be a very large one once it is opened. */
const read = async (source: AsyncIterable<Uint8Array> & { destroy(): void }, maxBytes: number): Promise<{ body: Uint8Array; isCut: boolean }> => {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of source) {
    parts.push(chunk)
    size += chunk.length
    if (size > maxBytes) break
  }
  source.destroy()
  return { body: Buffer.concat(parts).subarray(0, maxBytes), isCut: size > maxBytes }
}

const failureOf = (error: unknown, signal: AbortSignal): SecretError => {
  if (error instanceof SecretError) return error
  if (signal.aborted) {
    const isTimeout = (signal.reason as { name?: string } | undefined)?.name === "TimeoutError"
    return new SecretError(isTimeout ? "server_unreachable" : "aborted", isTimeout ? "the server did not answer in time" : "the call was stopped")
  }
  const code = (error as { code?: unknown }).code
  const isPlain = typeof code === "string" && /^[A-Z0-9_]{1,64}$/.test(code)
  return new SecretError("server_unreachable", `the request failed${isPlain ? ` (${code})` : ""}`)
}
