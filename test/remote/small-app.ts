/**
 * A small app: reads its variables from a file once, at its start, and then answers over a socket with those that it has. With a
 * variable BROKEN it ends at once. Arguments: the file, the socket.
 */
import { readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { parseEnv } from "node:util"

const [file = "", socket = ""] = process.argv.slice(2)
const variables = parseEnv(readFileSync(file, "utf8"))
if ("BROKEN" in variables) process.exit(3)
rmSync(socket, { force: true })
createServer((connection) => {
  connection.on("error", () => {}) // who only asks whether somebody is here hears no answer
  connection.end(JSON.stringify(variables))
}).listen(socket)
