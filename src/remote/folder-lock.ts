import { randomBytes } from "node:crypto"
import { readdirSync, rmSync } from "node:fs"
import { connect, createServer } from "node:net"
import { join } from "node:path"
import { SecretError } from "../base/errors.ts"
import { notWritten } from "./file-faults.ts"

const SOCKET = /^lock-[0-9a-f]{12}\.sock$/
/** sockaddr_un holds 104 bytes on the narrowest system, with the NUL. */
const PATH_MAX_BYTES = 103

export interface FolderLock {
  /** Idempotent. */
  release(): void
}

/**
 * Keeps a second process out of a folder. Each process listens on a socket of its own there and then asks at all others: whoever
 * answers is alive, for the kernel closes the sockets of the dead, also across containers, where process numbers mean nothing.
 * Two that start in one moment may both be refused; never do two hold it.
 * @throws SecretError `already_exists` where another process holds it; `invalid_argument`, `file_not_written`
 */
export const lockFolder = async (folder: string): Promise<FolderLock> => {
  const name = `lock-${randomBytes(6).toString("hex")}.sock`
  const path = join(folder, name)
  if (Buffer.byteLength(path) > PATH_MAX_BYTES) {
    throw new SecretError("invalid_argument", "the path of the state folder is too long", { details: { path: folder }, help: `Choose one of at most ${PATH_MAX_BYTES - name.length - 1} bytes.` })
  }
  const release = await listen(path)
  const others = readdirSync(folder).filter((each) => SOCKET.test(each) && each !== name).map((each) => join(folder, each))
  for (const other of others) {
    if (await isAnswered(other)) {
      release()
      throw new SecretError("already_exists", `another process works over the state folder ${folder}`, { details: { path: folder }, help: "End it, or give each daemon a state folder of its own." })
    }
    rmSync(other, { force: true })
  }
  return { release }
}

const listen = (path: string): Promise<() => void> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once("error", (error) => reject(notWritten(path, error)))
    server.listen(path, () => {
      server.unref()
      resolve(() => void server.close()) // takes the file away too
    })
  })

const isAnswered = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path)
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
    // Whatever else it says, somebody may be there.
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(!["ECONNREFUSED", "ENOENT"].includes(error.code ?? "")))
  })
