/** A thread of its own that posts bodies over a bounded number of kept connections, as fast as the answers come. */
import { connect, type Socket } from "node:net"
import { parentPort } from "node:worker_threads"

export interface BoxesLoadOrder {
  url: string
  bodies: readonly string[]
  connections: number
}

const run = async ({ url, bodies, connections }: BoxesLoadOrder): Promise<number> => {
  const { hostname, port, pathname } = new URL(url)
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\ncontent-length: `
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(Number(port), hostname)))
  let next = 0
  const startMs = performance.now()
  await Promise.all(sockets.map(async (socket) => {
    while (next < bodies.length) {
      const body = bodies[next++] as string
      const answer = await exchange(socket, `${head}${body.length}\r\n\r\n${body}`)
      if (!answer.startsWith("HTTP/1.1 200") || answer.includes("\"error\"")) throw new Error(`an answer is wrong: ${answer.slice(0, 400)}`)
    }
  }))
  const elapsedMs = performance.now() - startMs
  for (const socket of sockets) socket.destroy()
  return (bodies.length * 1000) / elapsedMs
}

const open = (port: number, host: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, host, () => resolve(socket.setNoDelay(true).setEncoding("latin1")))
    socket.once("error", reject)
  })

/** One answer, of the length that it says. */
const exchange = (socket: Socket, request: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = ""
    const take = (chunk: string): void => {
      answer += chunk
      const bodyAt = answer.indexOf("\r\n\r\n") + 4
      if (bodyAt < 4 || answer.length < bodyAt + Number(/content-length: (\d+)/i.exec(answer)?.[1])) return
      socket.off("data", take).off("close", closed)
      resolve(answer)
    }
    const closed = (): void => reject(new Error("the server hung up"))
    socket.on("data", take).once("close", closed)
    socket.write(request)
  })

parentPort?.on("message", (order: BoxesLoadOrder) => {
  run(order).then(
    (perSecond) => parentPort?.postMessage({ perSecond }),
    (error: unknown) => parentPort?.postMessage({ error: String(error) }),
  )
})
