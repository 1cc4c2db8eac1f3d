/**
 * A process of its own that serves boxes, and beside it bare answers of any size. It takes a database as its argument, says where
 * both listen as one line of JSON, and ends when its stdin does.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { createBoxServer } from "../src/boxes/server/box-server.ts"
import { createServerOver } from "../src/server/create-server.ts"
import { listen } from "../src/server/listen.ts"
import { KEYS } from "./bench-store.ts"
import { openContext } from "../src/store/open-context.ts"

const { ctx, close } = await openContext({ database: process.argv[2] as string, keys: KEYS })
const settings = { port: 0, requestsPerMinute: null, log: { level: "silent" as const } }
const server = await listen(createServerOver({ ctx, settings, boxes: createBoxServer(ctx, { anonymous: "allow" }) }), settings)

/** The path says how many bytes to answer with. */
const bare = createServer((request, response) => {
  request.on("data", () => undefined)
  request.once("end", () => response.setHeader("content-type", "application/json").end(Buffer.alloc(Number(request.url?.slice(1)), "x")))
})
bare.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ boxes: `${server.url}/boxes`, bare: `http://127.0.0.1:${(bare.address() as AddressInfo).port}` })))

const end = async (): Promise<void> => {
  bare.close()
  bare.closeAllConnections()
  await server.close()
  await close()
}
process.stdin.resume().once("end", () => void end())
