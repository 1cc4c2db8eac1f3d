import { lookup as lookupHost } from "node:dns/promises"
import { isIP } from "node:net"
import { SecretError } from "../../base/errors.ts"
import { isPublicAddress } from "./check-address.ts"

export interface HostAddress {
  address: string
  family: number
}

/** All addresses of a host. */
export type Lookup = (host: string) => Promise<readonly HostAddress[]>

export interface ResolveOptions {
  /** Default: this machine's resolver. */
  lookup?: Lookup
  /** Default: those of the public internet. */
  allowAddress?: (address: string) => boolean
}

const systemLookup: Lookup = (host) => lookupHost(host, { all: true })

/**
 * Looks a host up once. Whoever connects must use these addresses and ask nobody again: a second answer may be another.
 * @throws SecretError `forbidden` where one of them may not be reached, `server_unreachable`
 */
export const resolveHost = async (host: string, options: ResolveOptions): Promise<readonly HostAddress[]> => {
  const { lookup = systemLookup, allowAddress = isPublicAddress } = options
  const addresses = isIP(host) === 0 ? await lookedUp(host, lookup) : [{ address: host, family: isIP(host) }]
  if (!addresses.every(({ address }) => allowAddress(address)))
    throw new SecretError("forbidden", `${host} leads to an address that is not of the public internet`, { details: { host } })
  return addresses
}

const lookedUp = async (host: string, lookup: Lookup): Promise<readonly HostAddress[]> => {
  const addresses = await lookup(host).catch(() => [])
  if (addresses.length === 0) throw new SecretError("server_unreachable", `No address was found for ${host}`, { details: { host } })
  return addresses
}
