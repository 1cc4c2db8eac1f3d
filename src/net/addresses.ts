import { lookup as lookupHost } from "node:dns/promises"
import { BlockList, isIP, isIPv4, isIPv6 } from "node:net"
import { SecretError } from "../base/errors.ts"

type Family = "ipv4" | "ipv6"

/** IANA's registries of special addresses, and what clouds keep beside them. */
const SPECIAL: readonly [string, number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  // Azure's host, from every virtual machine.
  ["168.63.129.16", 32],
  // Metadata of AWS, Google and Azure: 169.254.169.254.
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
]

/** Of IPv6 nothing else is public: not loopback, ULA (so fd00:ec2::254), link-local, multicast, IPv4-mapped or 64:ff9b::/96. */
const GLOBAL: readonly [string, number][] = [["2000::", 3]]

const familyOf = (address: string): Family => (address.includes(":") ? "ipv6" : "ipv4")

const listOf = (subnets: readonly [string, number][]): BlockList => {
  const list = new BlockList()
  for (const [address, prefix] of subnets) list.addSubnet(address, prefix, familyOf(address))
  return list
}

const SPECIAL_LIST = listOf(SPECIAL)
const GLOBAL_LIST = listOf(GLOBAL)

/** Whether an address is of the public internet. What is not an address is not; one with a zone is of a link. */
export const isPublicAddress = (address: string): boolean => {
  if (isIPv4(address)) return !SPECIAL_LIST.check(address, "ipv4")
  if (!isIPv6(address) || address.includes("%")) return false
  return GLOBAL_LIST.check(address, "ipv6") && !SPECIAL_LIST.check(address, "ipv6")
}

/** One that was checked, for a connection to it and no other. */
export interface CheckedAddress {
  address: string
  family: number
}

/** All addresses of a host. */
export type Lookup = (host: string) => Promise<readonly CheckedAddress[]>

/** What a test puts in the place of the world. */
export interface Network {
  lookup: Lookup
  isAllowed: (address: string) => boolean
  /** Certificate authorities, PEM; the system's where absent. */
  ca?: string
}

export const systemLookup: Lookup = (host) => lookupHost(host, { all: true })

/**
 * Looks a host up once. Whoever connects must use these addresses and ask nobody again: a second answer may be another.
 * @throws SecretError `forbidden` where one of them may not be reached, `server_unreachable`
 */
export const resolveHost = async (host: string, network: Pick<Network, "lookup" | "isAllowed">): Promise<readonly CheckedAddress[]> => {
  const { lookup, isAllowed } = network
  const addresses = isIP(host) === 0 ? await lookedUp(host, lookup) : [{ address: host, family: isIP(host) }]
  if (!addresses.every(({ address }) => isAllowed(address)))
    throw new SecretError("forbidden", `${host} leads to an address that is not of the public internet`, { details: { host } })
  return addresses
}

const lookedUp = async (host: string, lookup: Lookup): Promise<readonly CheckedAddress[]> => {
  const addresses = await lookup(host).catch(() => [])
  if (addresses.length === 0) throw new SecretError("server_unreachable", `No address was found for ${host}`, { details: { host } })
  return addresses
}
