import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"
import { isIPv4 } from "node:net"

/** An authority of a test's own and a certificate that it signed: X.509 (RFC 5280) with P-256, valid for a day around now. */
export interface TestCertificate {
  /** The authority, in PEM. */
  ca: string
  cert: string
  key: string
}

const TAG = { boolean: 1, integer: 2, bits: 3, octets: 4, oid: 6, utf8: 12, sequence: 0x30, set: 0x31, utcTime: 23 } as const

const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts)
  const size = content.length < 128 ? [content.length] : content.length < 256 ? [0x81, content.length] : [0x82, content.length >> 8, content.length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
const sequence = (...parts: Uint8Array[]): Buffer => der(TAG.sequence, ...parts)
const oid = (hex: string): Buffer => der(TAG.oid, Buffer.from(hex, "hex"))
const bits = (bytes: Uint8Array, unused = 0): Buffer => der(TAG.bits, Buffer.from([unused]), bytes)

const ECDSA_WITH_SHA256 = sequence(oid("2a8648ce3d040302"))
const TRUE = der(TAG.boolean, Buffer.from([255]))
const OID = { commonName: "550403", keyUsage: "551d0f", otherNames: "551d11", constraints: "551d13" } as const

const named = (name: string): Buffer => sequence(der(TAG.set, sequence(oid(OID.commonName), der(TAG.utf8, Buffer.from(name)))))
const time = (at: number): Buffer => der(TAG.utcTime, Buffer.from(`${new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, "").slice(2)}`))
const DAY_MS = 86_400_000

interface Signed {
  subject: string
  publicKey: KeyObject
  issuer: string
  signer: KeyObject
  extensions: Buffer[]
}

const certificate = ({ subject, publicKey, issuer, signer, extensions }: Signed): string => {
  const body = sequence(
    der(0xa0, der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    named(issuer),
    sequence(time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
    named(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions)),
  )
  const text = sequence(body, ECDSA_WITH_SHA256, bits(sign("sha256", body, signer))).toString("base64")
  return `-----BEGIN CERTIFICATE-----\n${text.replaceAll(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`
}

const AUTHORITY = [
  sequence(oid(OID.constraints), TRUE, der(TAG.octets, sequence(TRUE))),
  sequence(oid(OID.keyUsage), TRUE, der(TAG.octets, bits(Buffer.from([4]), 2))),
]

/** RFC 5280 §4.2.1.6: dNSName, or iPAddress for one of IPv4. */
const otherName = (name: string): Buffer => (isIPv4(name) ? der(0x87, Buffer.from(name.split(".").map(Number))) : der(0x82, Buffer.from(name)))

/** A certificate for these DNS names and addresses of IPv4. */
export const createCertificate = (names: readonly string[]): TestCertificate => {
  const [authority, own] = [generateKeyPairSync("ec", { namedCurve: "P-256" }), generateKeyPairSync("ec", { namedCurve: "P-256" })]
  const issuer = `Test authority ${randomBytes(4).toString("hex")}`
  const signed = { issuer, signer: authority.privateKey }
  const otherNames = sequence(...names.map(otherName))
  return {
    ca: certificate({ ...signed, subject: issuer, publicKey: authority.publicKey, extensions: AUTHORITY }),
    cert: certificate({ ...signed, subject: names[0] as string, publicKey: own.publicKey, extensions: [sequence(oid(OID.otherNames), der(TAG.octets, otherNames))] }),
    key: own.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  }
}
