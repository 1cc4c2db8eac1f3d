import { hex } from "../../src/base/bytes.ts"
import { createCurves } from "../../src/boxes/client/curves.ts"
import { openIdentity, type Identity } from "../../src/boxes/client/identity.ts"
import { keyPairOf } from "../../src/boxes/client/keys.ts"
import { scalarOf, sealTo } from "../../src/boxes/client/sealing.ts"
import type { Bytes } from "../../src/boxes/client/web-crypto.ts"
import { hexToBytes } from "../../src/boxes/protocol/hex.ts"
import { montgomeryOf } from "../../src/boxes/protocol/keys.ts"

/** One row of test/vectors/secret-manager.json: which members it has depends on its kind. */
export type Vector = Readonly<Record<"name" | "kind", string>> & Readonly<Record<string, string>>

/** The rows that this platform does not reproduce, by name, with what came out; run in Node and, bundled, in a browser. */
export const checkVectors = async (vectors: readonly Vector[]): Promise<{ checked: string[]; wrong: string[] }> => {
  const checked: string[] = []
  const wrong: string[] = []
  for (const vector of vectors) {
    const check = CHECKS[vector.kind]
    if (check === undefined) continue
    const found = await check(vector)
    checked.push(vector.name)
    for (const [member, text] of Object.entries(found)) if (vector[member] !== text) wrong.push(`${vector.name}: ${member} is ${text}`)
  }
  return { checked, wrong }
}

const bytesOf = (vector: Vector, member: string): Bytes => hexToBytes(vector[member] as string)

const identityOf = (vector: Vector, member: string): Promise<Identity> => openIdentity(keyPairOf(bytesOf(vector, member)))

const agreementKeyOf = (vector: Vector, member: string) => createCurves().agreementKey(montgomeryOf(bytesOf(vector, member)) as Bytes)

/** RFC 7748 §5: what X25519 makes of a scalar. */
const clamped = (scalar: Bytes): Bytes => {
  const bytes = scalar.slice()
  bytes[0] = (bytes[0] as number) & 248
  bytes[31] = ((bytes[31] as number) & 127) | 64
  return bytes
}

const checkSealed = async (vector: Vector): Promise<Record<string, string>> => {
  const text = `${vector.salt}${vector.content}`
  const sealed = await sealTo(createCurves(), await agreementKeyOf(vector, "recipientPublicKey"), text, bytesOf(vector, "seed"))
  const opened = await (await identityOf(vector, "recipientSecretKey")).unseal(sealed)
  return { referencePoint: sealed.referencePointHex, encryptedContent: sealed.encryptedContentHex, content: opened.slice(vector.salt?.length) }
}

const checkTwoLayers = async (vector: Vector): Promise<Record<string, string>> => {
  const key = await agreementKeyOf(vector, "recipientPublicKey")
  const inner = await sealTo(createCurves(), key, `${vector.innerSalt}${vector.content}`, bytesOf(vector, "seed"))
  const outer = await sealTo(createCurves(), key, `${vector.outerSalt}${JSON.stringify(inner)}`, bytesOf(vector, "seed"))
  return { innerEncryptedContent: inner.encryptedContentHex, outerEncryptedContent: outer.encryptedContentHex }
}

const checkSignature = async (vector: Vector): Promise<Record<string, string>> => {
  const identity = await identityOf(vector, "secretKey")
  const signature = await identity.signText(vector.content as string)
  const isSigned = await identity.isTextSigned(identity.id, vector.content as string, vector.signature as string)
  return { signature, publicKey: isSigned ? identity.id : "not verified" }
}

const checkSymmetric = async (vector: Vector): Promise<Record<string, string>> => {
  const material = bytesOf(vector, "key")
  const key = await globalThis.crypto.subtle.importKey("raw", material.slice(16, 48), "AES-CBC", false, ["encrypt"])
  const encrypted = await globalThis.crypto.subtle.encrypt({ name: "AES-CBC", iv: material.slice(0, 16) }, key, new TextEncoder().encode(vector.content))
  return { encryptedContent: hex(new Uint8Array(encrypted)) }
}

/** What the members of each kind should be. */
const CHECKS: Readonly<Record<string, (vector: Vector) => Promise<Record<string, string>>>> = {
  key: async (vector) => ({ publicKey: (await identityOf(vector, "secretKey")).id }),
  signature: checkSignature,
  "x25519-private": async (vector) => ({ x25519Private: hex(clamped(scalarOf(bytesOf(vector, "secretKey")))) }),
  "x25519-public": async (vector) => ({ x25519Public: hex(montgomeryOf(bytesOf(vector, "publicKey")) as Bytes) }),
  "shared-secret": async (vector) => {
    const agree = await createCurves().agreement(scalarOf(bytesOf(vector, "secretKey")))
    return { shared: hex(await agree(await agreementKeyOf(vector, "publicKey"))) }
  },
  symmetric: checkSymmetric,
  sealed: checkSealed,
  "two-layers": checkTwoLayers,
}
