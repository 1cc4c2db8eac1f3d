import { join } from "node:path"
import { createClient, type BoxClient } from "../src/boxes/index.ts"
import { padContent, saltContent } from "../src/boxes/protocol/salt.ts"
import { OK } from "../src/boxes/server/handler.ts"
import { withFolder } from "./bench-store.ts"
import { createBareClient, createBarePair, type BareClient, type Bytes } from "./boxes-bare-client.ts"
import { createBareServer, type BareServer, type Kept } from "./boxes-bare-server.ts"
import { withBoxesChild, type BoxesChild } from "./boxes-child.ts"
import { compare, type Operation } from "./measure.ts"
import { ratioAtMost, type BenchRow } from "./row.ts"

const VALUE = "v".repeat(1024)
const IDS = 100
const COURSE = { rounds: 25, sliceMs: 60, burst: 10 }

/** One call after the other, of Sotto's client against Sotto's server in another process: how long each takes. */
export const runLatencyBench = (): Promise<BenchRow[]> =>
  withFolder((folder) =>
    withBoxesChild(`file:${join(folder, "store.db")}`, (onDisk) =>
      withBoxesChild("memory:", async (inMemory) => {
        const clients = [openClient(onDisk), openClient(inMemory)]
        const bare = createBare(onDisk)
        for (const client of clients) for (let i = 0; i < IDS; i++) await client.setSecret(idOf(i), VALUE)
        await bare.set()
        return [
          ...(await rowsOf("box: set", bare.set, clients.map((client) => (i: number) => client.setSecret(idOf(i), VALUE)))),
          ...(await rowsOf("box: get", bare.get, clients.map((client) => (i: number) => getRight(client, idOf(i))))),
        ]
      }),
    ),
  )

const idOf = (i: number): string => `secret-${i % IDS}`

const openClient = ({ boxes }: BoxesChild): BoxClient => createClient({ serverURL: boxes })

const getRight = async (client: BoxClient, secretId: string): Promise<void> => {
  if ((await client.getSecret(secretId)) !== VALUE) throw new Error("a box gave something else")
}

const rowsOf = async (operation: string, bare: () => Promise<void>, [onDisk, inMemory]: Operation[]): Promise<BenchRow[]> => {
  const { rates, ratios } = await compare([bare, onDisk as Operation, inMemory as Operation], COURSE)
  const [other, ...own] = rates.map((rate) => 1e6 / rate) as [number, number, number]
  const row = { size: `${VALUE.length} B`, unit: "us" as const, against: "its bare cryptographic operations + a bare HTTP round trip", other }
  return [
    { ...row, operation, sotto: own[0], ratio: ratios[1] as number, limit: ratioAtMost(1.5) },
    { ...row, operation: `${operation}, database in memory`, sotto: own[1], ratio: ratios[2] as number },
  ]
}

/** What such a set and get cannot do without: the operations of both ends here, one after the other, and a round trip of the same size. */
const createBare = ({ bare: url }: BoxesChild): { set: () => Promise<void>; get: () => Promise<void> } => {
  const pair = createBarePair()
  const server = createBareServer(pair)
  const client = createBareClient(pair, server.publicKey)
  const salt = { from: "0".repeat(64), counter: Date.now(), created: Date.now(), type: "text" as const, sig: "0".repeat(128) }
  const salted = saltContent(salt, VALUE)
  const authored = Buffer.from(salted)
  const request = { publicKey: salt.from, secretId: idOf(0), timestamp: salt.created, signature: salt.sig, nonce: salt.created }
  let kept: Kept
  let author: Bytes
  return {
    set: async () => {
      author = await client.sign(authored)
      const secret = await client.seal(salted)
      const body = await signed(client, server, { ...request, secret })
      kept = server.keep(padContent(secret))
      await replied({ url, client, body, answer: OK, signature: server.reply(OK) })
    },
    get: async () => {
      const body = await signed(client, server, request)
      const answer = server.open(kept)
      await replied({ url, client, body, answer, signature: server.reply(answer) })
      const secret = contentOf(await client.unseal(answer))
      await client.check(authored, author)
      if (contentOf(await client.unseal(secret)) !== VALUE) throw new Error("the bare side gave something else")
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
