/**
 * A small app: `/sign/TEXT` signs a text with the key that it was given at its start. It knows nothing of Sotto: it reads
 * `process.env`, which `node --env-file` fills from the delivered file.
 */
import { createHmac } from "node:crypto"
import { createServer } from "node:http"

const { PORT = "8080", SIGNING_KEY } = process.env

createServer((request, response) => {
  const [, route = "", text = ""] = (request.url ?? "").split("/")
  if (route === "healthz") return void response.end("well\n")
  if (route !== "sign") return void response.writeHead(404).end("there is /sign/TEXT\n")
  if (SIGNING_KEY === undefined) return void response.writeHead(503).end("no SIGNING_KEY was delivered\n")
  response.end(`${createHmac("sha256", SIGNING_KEY).update(text).digest("hex")}\n`)
}).listen(Number(PORT), "127.0.0.1")
