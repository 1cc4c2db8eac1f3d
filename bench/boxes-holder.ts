import { generateKeyPairSync, hash, sign } from "node:crypto"
import { ROUTES, type RouteName } from "../src/boxes/protocol/routes.ts"
import { signedText } from "../src/boxes/protocol/signed-text.ts"
import { bucketOf } from "../src/boxes/protocol/timestamp.ts"

/** A key that asks as the original's client does: signed bodies that name no server. */
export interface Holder {
  id: string
  /** JSON text. */
  body(route: RouteName, args: object): string
}

let nonce = 0

export const createHolder = (): Holder => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519")
  const { x } = publicKey.export({ format: "jwk" }) as { x: string }
  const id = Buffer.from(x, "base64url").toString("hex")
  return {
    id,
    body: (route, args) => {
      const fields: Record<string, unknown> = { ...args, publicKey: id, timestamp: bucketOf(Date.now()), signature: "", nonce: nonce++ }
      const body = Object.fromEntries(ROUTES[route].map(([name]) => [name, fields[name]]))
      body.signature = sign(null, hash("sha256", signedText(route, body), "buffer"), privateKey).toString("hex")
      return JSON.stringify(body)
    },
  }
}
