import { lookup as lookupAll } from "node:dns/promises"
import { BlockList, isIP } from "node:net"
import { SecretError } from "../../base/errors.ts"

/** One that was checked, for a connection to it and no other. */
export interface CheckedAddress {
  address: string
  family: 4 | 6
}

export type Lookup = (host: string) => Promise<readonly CheckedAddress[]>

export const systemLookup: Lookup = async (host) =>
  (await lookupAll(host, { all: true })).map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }))

/** RFC 6890 and its registries: what is this machine, this network, or nobody. */
const NOT_PUBLIC_4 = [
  ["0.0.0.0", 8], ["10.0.0.0", 8], ["100.64.0.0", 10], ["127.0.0.0", 8], ["169.254.0.0", 16], ["172.16.0.0", 12], ["192.0.0.0", 24],
  ["192.0.2.0", 24], ["192.88.99.0", 24], ["192.168.0.0", 16], ["198.18.0.0", 15], ["198.51.100.0", 24], ["203.0.113.0", 24],
  ["224.0.0.0", 4], ["240.0.0.0", 4],
] as const
/** Of IPv6 only what is given out as global unicast is public, and of that not what carries IPv4 or is for documents. */
const PUBLIC_6 = ["2000::", 3] as const
const NOT_PUBLIC_6 = [["2001::", 23], ["2001:db8::", 32], ["2002::", 16], ["3fff::", 20]] as const

const createPublicCheck = (): ((address: string) => boolean) => {
  const private4 = new BlockList()
  const public6 = new BlockList()
  const private6 = new BlockList()
  for (const [net, prefix] of NOT_PUBLIC_4) private4.addSubnet(net, prefix, "ipv4")
  for (const [net, prefix] of NOT_PUBLIC_6) private6.addSubnet(net, prefix, "ipv6")
  public6.addSubnet(...PUBLIC_6, "ipv6")
  return (address) => {
    if (isIP(address) === 4) return !private4.check(address, "ipv4")
    return isIP(address) === 6 && public6.check(address, "ipv6") && !private6.check(address, "ipv6")
  }
}

/** Whether an address is on the public internet. */
export const isPublicAddress = createPublicCheck()

/**
 * Where a host is, looked up once: all of its addresses have to be allowed, for which one is taken is not ours to say.
 * @throws SecretError `forbidden`, `server_unreachable`
 */
export const checkedAddress = async (hostname: string, lookup: Lookup, isAllowed: (address: string) => boolean): Promise<CheckedAddress> => {
  const literal = hostname.replace(/^\[|\]$/g, "")
  const family = isIP(literal)
  const found = family === 0 ? await lookUp(hostname, lookup) : [{ address: literal, family: family as 4 | 6 }]
  const [first] = found
  if (first === undefined) throw new SecretError("server_unreachable", "the host has no address")
  if (!found.every(({ address }) => isAllowed(address))) throw new SecretError("forbidden", "the host leads to an address that is not on the public internet")
  return first
}

const lookUp = async (hostname: string, lookup: Lookup): Promise<readonly CheckedAddress[]> => {
  try {
    return await lookup(hostname)
  } catch {
    throw new SecretError("server_unreachable", "the host was not found")
  }
}
