import type { IncomingMessage } from "node:http"
import { isSecretError, SecretError } from "../base/errors.ts"
import { fromUtf8, utf8 } from "../base/bytes.ts"
import { hasMoreParts } from "../base/json-parts.ts"
import { SANDBOX_LIMITS } from "../core/sandbox/limits.ts"
import { isLoopbackHost, isSafeWay } from "../core/environments/loopback.ts"
import type { SandboxCall, SandboxLink } from "../core/ports/sandbox-link.ts"
import { isPublicAddress, resolveHost, systemLookup, type CheckedAddress, type Network } from "../net/addresses.ts"
import { exchange } from "../net/exchange.ts"

export interface LinkOptions {
  /** The internet, where a test has one of its own. */
  network?: Network
  /** The longest that any call may take, in milliseconds; what each call asks for where absent. */
  timeoutMaxMs?: number
}

/** Calls sandboxes over HTTPS, and over plain HTTP on loopback alone. Nothing of an answer is ever in an error. */
export const createHttpLink = ({ network, timeoutMaxMs = Number.POSITIVE_INFINITY }: LinkOptions = {}): SandboxLink => ({
  call: async (asked) => {
    const call = { ...asked, timeoutMs: Math.min(asked.timeoutMs, timeoutMaxMs) }
    const url = urlOf(call)
    const limit = AbortSignal.any([AbortSignal.timeout(call.timeoutMs), ...(call.signal ? [call.signal] : [])])
    try {
      const addresses = await addressesOf(url, call, network)
      const answer = await exchange(outgoing(url, call), { addresses, ca: network?.ca, signal: limit })
      return await readAnswer(answer, call)
    } catch (error) {
      throw isSecretError(error) ? error : unreachable(url, call, limit)
    }
  },
})

const urlOf = ({ address, path }: SandboxCall): URL => {
  const url = new URL(address)
  if (!isSafeWay(url)) throw new SecretError("forbidden", "sandboxes are reached by https, or by http on loopback")
  url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/${path}`
  return url
}

/** Looked up once, checked, and connected to as they are. A loopback name leads to loopback or nowhere. */
const addressesOf = async (url: URL, { allowsPrivate }: SandboxCall, network: Network | undefined): Promise<readonly CheckedAddress[]> => {
  const host = url.hostname.replace(/^\[|\]$/g, "")
  const { lookup = systemLookup, isAllowed = isPublicAddress } = network ?? {}
  if (isLoopbackHost(url.hostname)) return resolveHost(host, { lookup, isAllowed: isLoopbackAddress })
  try {
    return await resolveHost(host, { lookup, isAllowed: (address) => isAllowed(address) || (allowsPrivate && isPrivateAddress(address)) })
  } catch (error) {
    if (!isSecretError(error) || error.code !== "forbidden") throw error
    throw new SecretError("forbidden", error.message, { details: error.details, help: "A sandbox of a private network is added with: sotto env add NAME --address URL --private" })
  }
}

const isLoopbackAddress = (address: string): boolean => address.startsWith("127.") || address === "::1"

/** Of Alibaba, AWS, Google, Oracle and Scaleway, in ranges that are private otherwise. */
const METADATA = new Set(["100.100.100.200", "fd00:ec2::254", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42"])

/** RFC 1918, RFC 6598 and RFC 4193: never the metadata services of clouds, nor this machine itself. */
const isPrivateAddress = (address: string): boolean =>
  !METADATA.has(address) && (/^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(address) || /^f[cd][0-9a-f]{2}:/i.test(address))

const outgoing = (url: URL, { body }: SandboxCall) => ({
  method: body === undefined ? "GET" : "POST",
  url,
  headers: { accept: "application/json", "user-agent": "sotto", ...(body !== undefined && { "content-type": "application/json" }) },
  body: body === undefined ? null : utf8(JSON.stringify(body)),
})

/** 401 holds an answer too: a receipt that says why nothing was taken in. */
const ANSWERS = new Set([200, 401])

const readAnswer = async (answer: IncomingMessage, { address, maxBytes }: SandboxCall): Promise<unknown> => {
  const { statusCode = 0 } = answer
  if (!ANSWERS.has(statusCode)) {
    answer.destroy()
    throw new SecretError("server_unreachable", `what answers at ${hostOf(address)} is no daemon that can take this (HTTP ${statusCode})`, { details: { status: statusCode } })
  }
  const parsed = jsonOf(await readBytes(answer, maxBytes, address))
  if (statusCode === 401 && !isStatement(parsed)) throw new SecretError("unauthorized", `the daemon at ${hostOf(address)} does not know this store, or its clock differs by minutes`)
  return parsed
}

const isStatement = (given: unknown): boolean => typeof given === "object" && given !== null && "proof" in given

const readBytes = async (answer: IncomingMessage, maxBytes: number, address: string): Promise<Uint8Array> => {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    length += part.length
    if (length > maxBytes) {
      answer.destroy()
      throw new SecretError("payload_too_large", `what answers at ${hostOf(address)} says more than ${maxBytes} bytes`)
    }
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const jsonOf = (bytes: Uint8Array): unknown => {
  try {
    const text = fromUtf8(bytes)
    return hasMoreParts(text, SANDBOX_LIMITS.partsMax) ? null : JSON.parse(text)
  } catch {
    return null // which is no statement of anybody
  }
}

const hostOf = (address: string): string => new URL(address).host

const unreachable = (url: URL, { timeoutMs, signal }: SandboxCall, limit: AbortSignal): SecretError => {
  if (signal?.aborted === true) return new SecretError("aborted")
  if (limit.aborted) return new SecretError("server_unreachable", `the sandbox at ${url.host} did not answer within ${timeoutMs < 1_000 ? `${timeoutMs} ms` : `${Math.round(timeoutMs / 1000)} seconds`}`, { details: { host: url.host } })
  return new SecretError("server_unreachable", `Failed to connect to remote environment at ${url.host}`, { details: { host: url.host }, help: "Is its daemon running, and is the address right?" })
}
