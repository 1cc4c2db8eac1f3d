import { readdir, readFile } from "node:fs/promises"
import { extname, join } from "node:path"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"

type Encoding = "br" | "gzip"

interface ConsoleFile {
  type: string
  bytes: Buffer
  /** As the build compressed it. */
  encoded: ReadonlyMap<Encoding, Buffer>
}

/** The console as it was built, read once: nothing else of the disk is ever served. */
export interface ConsoleFiles {
  index: Buffer
  /** By their exact path, each named after its content. */
  assets: ReadonlyMap<string, ConsoleFile>
}

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
}

const SUFFIXES: readonly [Encoding, string][] = [["br", ".br"], ["gzip", ".gz"]]

/** null where the console was not built. */
export const readConsoleFiles = async (folder: string): Promise<ConsoleFiles | null> => {
  const index = await orNull(readFile(join(folder, "index.html")))
  if (index === null) return null
  const names = (await readdir(join(folder, "assets"))).filter((name) => TYPES[extname(name)] !== undefined)
  const files = await Promise.all(names.map(async (name) => [`/assets/${name}`, await readAsset(join(folder, "assets", name))] as const))
  return { index, assets: new Map(files) }
}

const readAsset = async (path: string): Promise<ConsoleFile> => {
  const found = await Promise.all(SUFFIXES.map(async ([encoding, suffix]) => [encoding, await orNull(readFile(path + suffix))] as const))
  const encoded = new Map(found.filter((each): each is readonly [Encoding, Buffer] => each[1] !== null))
  return { type: TYPES[extname(path)] ?? "application/octet-stream", bytes: await readFile(path), encoded }
}

const orNull = async (reading: Promise<Buffer>): Promise<Buffer | null> => {
  try {
    return await reading
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null
    throw error
  }
}

const page = { config: { isPage: true } } as const
const A_YEAR = "public, max-age=31536000, immutable"

/** The console at `/`, and what it consists of below `/assets`. */
export const mountConsole = (app: FastifyInstance, { index, assets }: ConsoleFiles): void => {
  app.get("/", page, (_request, reply) => reply.type("text/html; charset=utf-8").send(index))
  for (const [path, file] of assets) app.get(path, page, (request, reply) => sendAsset(request, reply, file))
}

const sendAsset = (request: FastifyRequest, reply: FastifyReply, { type, bytes, encoded }: ConsoleFile): FastifyReply => {
  void reply.headers({ "cache-control": A_YEAR, vary: "accept-encoding" }).type(type)
  const accepted = (request.headers["accept-encoding"] ?? "").split(",").map((each) => each.trim())
  for (const [encoding, compressed] of encoded) if (accepted.includes(encoding)) return reply.header("content-encoding", encoding).send(compressed)
  return reply.send(bytes)
}
