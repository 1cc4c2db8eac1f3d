/** A thread that posts bodies over a bounded number of kept connections, each once, as fast as the server lets it. */
import { connect } from "node:net"
import { parentPort, workerData } from "node:worker_threads"

export interface BoxLoadOrder {
  port: number
  path: string
  bodies: readonly string[]
}

export interface BoxLoadReport {
  perSecond: number
}

const { connections } = workerData as { connections: number }

const HEAD_END = "\r\n\r\n"

/** One connection: a request, its whole answer, the next. @throws Error for any answer that is not a sealed text */
const work = ({ port, path }: BoxLoadOrder, next: () => string | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1").setNoDelay(true).setEncoding("latin1")
    let received = ""
    const send = (): void => {
      const body = next()
      if (body === undefined) socket.end(resolve)
      else socket.write(`POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}${HEAD_END}${body}`)
    }
    socket.on("error", reject).on("data", (chunk: string) => {
      received += chunk
      const head = received.indexOf(HEAD_END)
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1])
      if (head < 0 || received.length < head + HEAD_END.length + length) return
      if (!received.includes("referencePointHex")) reject(new Error(received.slice(head, head + 200)))
      received = ""
      send()
    })
    send()
  })

const run = async (order: BoxLoadOrder): Promise<BoxLoadReport> => {
  let sent = 0
  const startMs = performance.now()
  await Promise.all(Array.from({ length: connections }, () => work(order, () => order.bodies[sent++])))
  return { perSecond: (order.bodies.length * 1000) / (performance.now() - startMs) }
}

parentPort?.on("message", (order: BoxLoadOrder) => {
  run(order).then(
    (report) => parentPort?.postMessage({ report }),
    (error: unknown) => parentPort?.postMessage({ error: String(error) }),
  )
})
