import type { Worker } from "node:worker_threads"
import { SecretError, type SecretErrorCode } from "../base/errors.ts"
import type { StoreContext } from "../core/context.ts"
import type { BatchRequest, BatchResult } from "../core/ports/rotation.ts"
import type { Principal } from "../core/principal.ts"
import type { LocalKeySource } from "./key-source.ts"

/** What the thread is started with. */
export interface RotationThreadData {
  database: string
  ring: string
}

export interface RotationThreadRequest {
  request: BatchRequest
  principal: Principal
}

export type RotationThreadAnswer = { result: BatchResult } | { failure: { code: SecretErrorCode; message: string } }

export interface RotationThread {
  rotateBatch(ctx: StoreContext, request: BatchRequest): Promise<BatchResult>
  close(): Promise<void>
}

const IDLE_MS = 10_000

/**
 * Rotation in a thread with a connection of its own, so that the event loop stays free for everybody else. Where that cannot
 * be (a database in memory, keys in a service) there is none, and rotation runs in small steps on the caller's thread.
 */
export const createRotationThread = (database: string, { ringText }: LocalKeySource): RotationThread | undefined => {
  if (ringText === undefined || isInMemory(database)) return undefined
  let worker: Promise<Worker> | undefined
  let held = ""
  let isClosed = false
  let idle: NodeJS.Timeout | undefined
  const inTurn = createQueue()

  const stop = async (): Promise<void> => {
    clearTimeout(idle)
    const stopping = worker
    worker = undefined
    await (await stopping)?.terminate()
  }
  const step = async (ctx: StoreContext, request: BatchRequest): Promise<BatchResult> => {
    if (isClosed) throw new SecretError("aborted", "the store was closed during a rotation")
    clearTimeout(idle)
    const present = ctx.keys.current.wrapper.versions.join()
    if (held !== present) await stop() // the thread's ring is a text of its own: new keys need a new thread
    held = present
    worker ??= startThread(database, ringText)
    try {
      return await ask(await worker, { request, principal: ctx.actor.principal })
    } catch (error) {
      await stop() // a thread that failed may hold old keys: the next step starts a new one
      throw error
    } finally {
      idle = setTimeout(() => void stop(), IDLE_MS).unref()
    }
  }
  return {
    rotateBatch: (ctx, request) => inTurn(() => step(ctx, request)),
    close: () => ((isClosed = true), stop()),
  }
}

const startThread = async (database: string, ringText: () => Promise<string>): Promise<Worker> => {
  const data: RotationThreadData = { database, ring: await ringText() }
  const { Worker } = await import("node:worker_threads") // a command that rotates nothing does not pay for it
  const started = new Worker(workerFile(), { workerData: data })
  started.unref()
  return started
}

/** One step at a time: an answer does not say to which of two questions it belongs. */
const createQueue = () => {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work)
    last = next.catch(() => undefined)
    return next
  }
}

/** What a second connection cannot see. */
const isInMemory = (database: string): boolean => database === "memory:" || database === "file::memory:"

/** The file beside this one, as source or as built. */
const workerFile = (): URL => {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js"
  return new URL(`./rotation-worker.${extension}`, import.meta.url)
}

const ask = (worker: Worker, question: RotationThreadRequest): Promise<BatchResult> =>
  new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit)
      worker.unref()
      finish()
    }
    const onMessage = (answer: RotationThreadAnswer): void =>
      settle(() => {
        if ("result" in answer) resolve(answer.result)
        else reject(new SecretError(answer.failure.code, answer.failure.message))
      })
    const onError = (cause: unknown): void => settle(() => reject(new SecretError("internal", "the rotation thread failed", { cause })))
    const onExit = (): void => settle(() => reject(new SecretError("aborted", "the rotation thread ended before its step")))
    worker.on("message", onMessage).on("error", onError).on("exit", onExit)
    worker.ref()
    worker.postMessage(question)
  })
