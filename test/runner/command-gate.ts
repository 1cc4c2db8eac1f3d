import { createServer, type Socket } from "node:net"

interface Said {
  text: string
  /** Without it the child stays where it is. */
  letGo(): void
}

/** A socket in the file system, which also a command without network reaches: it tells how far it is, and waits. No clock is needed. */
export interface CommandGate {
  /** JavaScript for a child: says what the expression gives, and runs `then` when it is let. */
  say(expression: string, then?: string): string
  /** What the next child says. */
  heard(): Promise<Said>
  close(): Promise<void>
}

export const openCommandGate = async (path: string): Promise<CommandGate> => {
  const sockets = new Set<Socket>()
  const said: Said[] = []
  const waiting: ((each: Said) => void)[] = []
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => undefined)
    socket.once("data", (data) => {
      const each = { text: String(data), letGo: () => void socket.write("go") }
      const next = waiting.shift()
      if (next === undefined) said.push(each)
      else next(each)
    })
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return {
    say: (expression, then = "") =>
      `{ const gate = require("net").connect(${JSON.stringify(path)}); gate.write(String(${expression})); gate.on("error", () => {}); gate.once("data", () => { gate.destroy(); ${then} }) }`,
    heard: () =>
      new Promise((resolve) => {
        const first = said.shift()
        if (first === undefined) waiting.push(resolve)
        else resolve(first)
      }),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
