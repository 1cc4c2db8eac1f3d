import { createPublicKey, generateKeyPairSync, hash, sign, verify } from "node:crypto"

/** Somebody with a key, who signs requests as the Secret Manager's client does. */
export interface BenchHolder {
  id: string
  /** JSON of a signed body, good for one request. */
  body(route: string, fields: object): string
}

const WINDOW_MS = 180_000

export const createHolder = (): BenchHolder => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519")
  const id = Buffer.from((publicKey.export({ format: "jwk" }) as { x: string }).x, "base64url").toString("hex")
  let nonce = 0
  return {
    id,
    body: (route, fields) => {
      const now = Date.now()
      const rest = { ...fields, timestamp: now - (now % WINDOW_MS), nonce: nonce++ }
      const signature = sign(null, digestOf(route, rest), privateKey).toString("hex")
      return JSON.stringify({ ...fields, timestamp: rest.timestamp, signature, nonce: rest.nonce })
    },
  }
}

const digestOf = (route: string, body: object): Buffer => hash("sha256", `/${route}${JSON.stringify(body)}`, "buffer")

const SPKI = Buffer.from("302a300506032b6570032100", "hex")

/** What checking one body takes at least: to read it, to write it again, to hash it, to take in the key and to verify. */
export const verifyBare = (route: string, text: string): void => {
  const { signature, ...rest } = JSON.parse(text) as { signature: string; publicKey: string }
  const key = createPublicKey({ key: Buffer.concat([SPKI, Buffer.from(rest.publicKey, "hex")]), format: "der", type: "spki" })
  if (!verify(null, digestOf(route, rest), key, Buffer.from(signature, "hex"))) throw new Error("a body of the bench is not signed")
}
