import type { Server } from "node:http"
import type { FastifyReply } from "fastify"

const GRACE_MS = 10_000
const STRAGGLERS_EVERY_MS = 50

/** Requests under way, so that a stop can wait for them and for nothing else. */
export class Draining {
  readonly #underWay = new Set<FastifyReply>()
  #isStopping = false
  #onEmpty: (() => void) | null = null

  get isStopping(): boolean {
    return this.#isStopping
  }

  enter(reply: FastifyReply): void {
    this.#underWay.add(reply)
    reply.raw.once("close", () => {
      this.#underWay.delete(reply)
      if (this.#underWay.size === 0) this.#onEmpty?.()
    })
  }

  /** From now on nothing new is served. */
  stop(): void {
    this.#isStopping = true
  }

  /** Resolves when everything under way has its answer, or the grace is over; then connections that idle are closed. */
  async finish(server: Server): Promise<void> {
    await this.#empty()
    if (!server.listening) return
    // a browser keeps connections that never carried a request: Node does not count them as idle
    const closing = setInterval(() => server.closeAllConnections(), STRAGGLERS_EVERY_MS).unref()
    server.once("close", () => clearInterval(closing))
  }

  async #empty(): Promise<void> {
    if (this.#underWay.size === 0) return
    const emptied = Promise.withResolvers<void>()
    this.#onEmpty = emptied.resolve
    const grace = setTimeout(emptied.resolve, GRACE_MS)
    await emptied.promise
    clearTimeout(grace)
  }
}
