import { padContent, saltContent } from "../src/boxes/protocol/salt.ts"
import { createBareClient, createBarePair, type BareClient, type Bytes } from "./bare-box-client.ts"
import { createBareServer, type BareServer, type Kept } from "./bare-box-server.ts"

export interface BareBox {
  set(): Promise<void>
  /** Of what was set last. */
  get(): Promise<void>
}

const DONE = JSON.stringify({ ok: true })

/**
 * What a set and a get of a box need at least: the cryptography of both ends, done here one after the other with keys at hand, and one
 * round trip. What one end makes the other takes, so that each operation runs on what it runs on in earnest.
 */
export const createBareBox = (url: string, value: string): BareBox => {
  const pair = createBarePair()
  const server = createBareServer(pair)
  const client = createBareClient(pair, server.publicKey)
  const salt = { from: "0".repeat(64), counter: Date.now(), created: Date.now(), type: "text" as const, sig: "0".repeat(128) }
  const salted = saltContent(salt, value)
  const authored = Buffer.from(salted)
  const request = { publicKey: salt.from, secretId: "kept", timestamp: salt.created, signature: salt.sig, nonce: salt.created }
  let kept: Kept
  let author: Bytes
  return {
    set: async () => {
      author = await client.sign(authored)
      const secret = await client.seal(salted)
      const body = await signed(client, server, { ...request, secret })
      kept = server.keep(padContent(secret))
      await replied({ url, client, body, answer: DONE, signature: server.reply(DONE) })
    },
    get: async () => {
      const body = await signed(client, server, request)
      const answer = server.open(kept)
      await replied({ url, client, body, answer, signature: server.reply(answer) })
      const secret = contentOf(await client.unseal(answer))
      const content = contentOf(await client.unseal(secret))
      await client.check(authored, author)
      if (content !== value) throw new Error("the bare side gave something else")
    },
  }
}

const contentOf = (salted: string): string => salted.slice(salted.indexOf("\0") + 1)

/** A request with its two signatures, made and checked. */
const signed = async (client: BareClient, server: BareServer, request: object): Promise<string> => {
  const body = JSON.stringify(request)
  server.check({ texts: [body, body], signatures: [await client.signText(body), await client.signText(body)] })
  return body
}

interface Exchange {
  url: string
  client: BareClient
  body: string
  answer: string
  signature: Bytes
}

const replied = async ({ url, client, body, answer, signature }: Exchange): Promise<void> => {
  const response = await fetch(`${url}/${answer.length}`, { method: "POST", headers: { "content-type": "application/json" }, body })
  await response.arrayBuffer()
  await client.checkReply(answer, signature)
}
