// Runs beside the tests as a process of its own and outlives them by a moment: however vitest ends (done, Ctrl-C, killed), the pipe
// to standard input closes, and the keeper removes what it made. PostgreSQL itself starts when the first test asks for a database.
import { randomUUID } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import pg from "pg"
import { type PostgresCluster, startPostgresCluster } from "./postgres-cluster.ts"

const external = process.env["SOTTO_TEST_DATABASE_URL"]
const folder = await mkdtemp(join(tmpdir(), "sotto-keeper-"))
const schemas: string[] = []
const state: { cluster?: Promise<PostgresCluster> } = {}

const databaseUrl = async (): Promise<string> => {
  if (external !== undefined && external !== "") return external
  state.cluster ??= startPostgresCluster()
  return (await state.cluster).url
}

const withFreshSchema = (text: string): string => {
  const url = new URL(text)
  const schema = `test_${randomUUID().replaceAll("-", "")}`
  schemas.push(schema)
  url.searchParams.set("schema", schema)
  return url.href
}

const dropSchemas = async (text: string): Promise<void> => {
  const client = new pg.Client({ connectionString: text })
  await client.connect()
  for (const schema of schemas) await client.query(`drop schema if exists ${schema} cascade`)
  await client.end()
}

const answer = (socket: Socket): void => {
  databaseUrl().then(
    (url) => socket.end(JSON.stringify({ url: withFreshSchema(url) })),
    (error: unknown) => socket.end(JSON.stringify({ error: String(error) })),
  )
}

const server = createServer((socket) => answer(socket.on("error", () => socket.destroy())))
const address = join(folder, "socket")
server.listen(address, () => process.stdout.write(`${address}\n`))

const leave = async (): Promise<void> => {
  server.close()
  await (await state.cluster?.catch(() => undefined))?.stop()
  if (external !== undefined && external !== "" && schemas.length > 0) await dropSchemas(external)
  await rm(folder, { recursive: true, force: true })
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.stdin.destroy())
process.stdin.resume().once("close", () => void leave().finally(() => process.exit()))
