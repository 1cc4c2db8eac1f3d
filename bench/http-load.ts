/** A thread of its own that asks a server as fast as a bounded number of kept connections lets it. */
import { Agent, get, type IncomingMessage } from "node:http"
import { parentPort, workerData } from "node:worker_threads"

export interface LoadOrder {
  /** `:name` stands for the key asked for. */
  url: string
  /** Keys to ask for, in turns. */
  names: readonly string[]
  headers: Record<string, string>
  forMs: number
}

export interface LoadReport {
  perSecond: number
  bytes: number
}

const { connections } = workerData as { connections: number }
const agent = new Agent({ keepAlive: true, maxSockets: connections })

const ask = (url: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, { agent, headers }, (answer: IncomingMessage) => {
      let bytes = 0
      answer.on("data", (chunk: Buffer) => (bytes += chunk.length))
      answer.on("end", () => (answer.statusCode === 200 ? resolve(bytes) : reject(new Error(`status ${answer.statusCode}`))))
    }).on("error", reject)
  })

const run = async ({ url, names, headers, forMs }: LoadOrder): Promise<LoadReport> => {
  const startMs = performance.now()
  let asked = 0
  let bytes = 0
  const worker = async (): Promise<void> => {
    while (performance.now() - startMs < forMs) bytes += await ask(url.replace(":name", names[asked++ % names.length] as string), headers)
  }
  await Promise.all(Array.from({ length: connections }, worker))
  return { perSecond: (asked * 1000) / (performance.now() - startMs), bytes }
}

parentPort?.on("message", (order: LoadOrder) => {
  run(order).then(
    (report) => parentPort?.postMessage({ report }),
    (error: unknown) => parentPort?.postMessage({ error: String(error) }),
  )
})
