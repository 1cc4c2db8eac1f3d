/**
 * Many sandboxes in one process: each with keys, state and files of its own, told apart by the first part of the path. It takes
 * enrolment tokens as lines on stdin, a folder as its argument, and says `port N` and then `ready` once all are there.
 */
import { createServer } from "node:http"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { parseEnrolmentToken } from "../src/core/sandbox/enrolment-token.ts"
import { createApplier } from "../src/remote/applier.ts"
import { openContact } from "../src/remote/contact.ts"
import { createDaemon, type Daemon, type StatementToDaemon } from "../src/remote/daemon.ts"
import { openIdentity } from "../src/remote/daemon-identity.ts"

const root = process.argv[2] ?? ""
const daemons = new Map<string, Daemon>()

const openDaemon = (token: string, i: number): Daemon => {
  const stateFolder = join(root, `s${i}`)
  const applier = createApplier({ target: { format: "dotenv", mode: "file", path: join(root, `e${i}`, "env") }, stateFolder, run: async () => ({ exitCode: 0 }) })
  return createDaemon({ identity: openIdentity(stateFolder, token), contact: openContact(stateFolder), applier, facts: { format: "dotenv", mode: "file", leaseMs: null }, clock: Date.now })
}

const answerOf = async (daemon: Daemon, path: string, body: string): Promise<unknown> => {
  if (path === "v1/enrolment") return daemon.enrolment()
  const { kind, ...statement } = JSON.parse(body) as { kind: StatementToDaemon }
  return (await daemon.take(kind, statement)).statement
}

const server = createServer((request, response) => {
  const [, id = "", ...path] = (request.url ?? "").split("/")
  const daemon = daemons.get(id)
  const parts: Buffer[] = []
  request.on("data", (part: Buffer) => parts.push(part))
  request.once("end", () => {
    if (daemon === undefined) return void response.writeHead(404).end()
    answerOf(daemon, path.join("/"), Buffer.concat(parts).toString()).then(
      (answer) => response.end(JSON.stringify(answer)),
      () => response.writeHead(401).end("{}"),
    )
  })
})

server.listen(0, "127.0.0.1", () => console.log(`port ${(server.address() as { port: number }).port}`))
let count = 0
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "end") break
  daemons.set((parseEnrolmentToken(line) as { sandboxId: string }).sandboxId, openDaemon(line, count++))
}
console.log("ready")
