import { setTimeout as wait } from "node:timers/promises"
import { ERROR_CODES, SecretError, type SecretErrorCode } from "../base/errors.ts"
import type { RotateResult } from "../core/rotate.ts"
import type { Client } from "../client/create-client.ts"
import type { RotateRequest } from "./backend.ts"

const EVERY_MS = 200

type Progress = Awaited<ReturnType<Client["startRotation"]>>

/** Starts a rotation on the server and watches it to its end. The signal ends the watching; the server goes on by itself. */
export const rotateOnServer = async (client: Client, { reencrypt, dryRun, signal, onProgress }: RotateRequest): Promise<RotateResult> => {
  let progress: Progress | null = await client.startRotation({ reencrypt, dryRun })
  while (progress !== null && progress.isRunning && !signal.aborted) {
    onProgress(progress)
    await wait(EVERY_MS, undefined, { signal }).catch(() => undefined)
    progress = (await client.rotationProgress()).progress
  }
  if (progress === null) throw new SecretError("aborted", "the server was started again meanwhile: it takes the rotation up by itself")
  if (progress.failure !== undefined) throw failed(progress.failure)
  if (!dryRun) onProgress(progress)
  const { rotated, skipped, remaining } = progress
  return { rotated, skipped, remaining, isDone: progress.isDone ?? false }
}

const failed = (code: string): SecretError =>
  new SecretError(code in ERROR_CODES ? (code as SecretErrorCode) : "internal", `the rotation on the server stopped: ${code}`, {
    help: "Run `sotto doctor` where the server runs.",
  })
