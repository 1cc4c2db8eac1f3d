/**
 * A process of its own with a server of boxes, and beside it one that answers anything with as many bytes as the path says. Its argument
 * is the database; it prints where both listen, and ends with its standard input.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { createBoxServer } from "../src/boxes/server/box-server.ts"
import { createServerOver } from "../src/server/create-server.ts"
import { listen } from "../src/server/listen.ts"
import { openContext } from "../src/store/open-context.ts"
import { KEYS } from "./bench-store.ts"

const [, , database = "memory:"] = process.argv
const { ctx } = await openContext({ database, keys: KEYS })
const settings = { port: 0, requestsPerMinute: null, log: { level: "silent" as const } }
const boxes = createBoxServer(ctx, { anonymous: "allow" })
const { url } = await listen(createServerOver({ ctx, settings, boxes }), settings)

const bare = createServer((request, response) => {
  request.resume().on("end", () => response.setHeader("content-type", "application/json").end("0".repeat(Number(request.url?.slice(1)))))
})
bare.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ url: `${url}/boxes`, bareUrl: `http://127.0.0.1:${(bare.address() as AddressInfo).port}` }))
})
process.stdin.resume().on("end", () => process.exit())
