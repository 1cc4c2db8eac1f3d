/**
 * The thread that rotates: it opens the database for itself and answers one step at a time. It holds keys, prints nothing,
 * and ends with its parent.
 */
import { parentPort, workerData } from "node:worker_threads"
import { isSecretError } from "../base/errors.ts"
import { rotateBatch } from "../core/rotate.ts"
import { openContext } from "./open-context.ts"
import type { RotationThreadAnswer, RotationThreadData, RotationThreadRequest } from "./rotation-thread.ts"

const { database, ring } = workerData as RotationThreadData
const opening = openContext({ database, keys: ring, migrate: false, poolSize: 1 })
opening.catch(() => undefined) // told to whoever asks the first step

const answer = async ({ request, principal }: RotationThreadRequest): Promise<RotationThreadAnswer> => {
  try {
    const { ctx } = await opening
    return { result: await rotateBatch({ ...ctx, actor: { ...ctx.actor, principal } }, request) }
  } catch (error) {
    const failure = isSecretError(error) ? { code: error.code, message: error.message } : { code: "internal" as const, message: "a rotation step failed" }
    return { failure }
  }
}

parentPort?.on("message", (message: RotationThreadRequest) => {
  void answer(message).then((reply) => parentPort?.postMessage(reply))
})
