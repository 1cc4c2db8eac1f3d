/** The daemons that have called in to this process, and are held until there is something to say. */
export class SandboxHub {
  readonly #waiting = new Map<string, Waiting>()
  readonly #commands = new Map<string, (answer: unknown) => void>()

  /** Resolves when it is woken, given a command, after `ms`, or once the caller is `gone`. A daemon that calls in again takes the place of its earlier call. */
  wait(sandboxId: string, { session, namespace, ms, gone }: { session: string; namespace: string; ms: number; gone?: AbortSignal }): Promise<Wake> {
    if (gone?.aborted === true) return Promise.resolve({ reason: "replaced" })
    this.#waiting.get(sandboxId)?.end({ reason: "replaced" })
    return new Promise((resolve) => {
      const end = (wake: Wake): void => {
        clearTimeout(timer)
        if (this.#waiting.get(sandboxId) === waiting) this.#waiting.delete(sandboxId)
        resolve(wake)
      }
      const waiting: Waiting = { session, namespace, end }
      const timer = setTimeout(() => end({ reason: "time" }), ms)
      gone?.addEventListener("abort", () => end({ reason: "replaced" }), { once: true })
      this.#waiting.set(sandboxId, waiting)
    })
  }

  /** Something may have to be said to the sandboxes of a workspace. */
  wake(namespace: string): void {
    for (const waiting of [...this.#waiting.values()]) if (waiting.namespace === namespace) waiting.end({ reason: "news" })
  }

  /** The session of a daemon that is held here; null for none. */
  sessionOf(sandboxId: string): string | null {
    return this.#waiting.get(sandboxId)?.session ?? null
  }

  /** Hands a held daemon a command, and gives its answer. */
  command(sandboxId: string, { id, statement, signal }: { id: string; statement: unknown; signal: AbortSignal }): Promise<unknown> {
    const waiting = this.#waiting.get(sandboxId)
    if (waiting === undefined) return Promise.resolve(null)
    return new Promise((resolve) => {
      const end = (answer: unknown): void => {
        this.#commands.delete(id)
        resolve(answer)
      }
      this.#commands.set(id, end)
      signal.addEventListener("abort", () => end(null), { once: true })
      waiting.end({ reason: "command", statement })
    })
  }

  /** @returns whether anybody waits for the answer of that command */
  answer(id: string, answer: unknown): boolean {
    const end = this.#commands.get(id)
    end?.(answer)
    return end !== undefined
  }

  close(): void {
    for (const waiting of [...this.#waiting.values()]) waiting.end({ reason: "replaced" })
    for (const end of [...this.#commands.values()]) end(null)
  }
}

export type Wake = { reason: "time" | "news" | "replaced" } | { reason: "command"; statement: unknown }

interface Waiting {
  session: string
  namespace: string
  end(wake: Wake): void
}
