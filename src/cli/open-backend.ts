import { SecretError } from "../base/errors.ts"
import type { Backend } from "./backend.ts"
import type { Call, Environment } from "./command.ts"

export const isRemote = (env: Environment): boolean => (env.SOTTO_URL ?? "").trim() !== ""

/** The server that SOTTO_URL names, else the store itself. */
export const openBackend = async (call: Call): Promise<Backend> => {
  if (!isRemote(call.env)) return (await import("./store-backend.ts")).openStoreBackend(call)
  return (await import("./server-backend.ts")).openServerBackend(call.env)
}

/** Opens, works, and closes whatever happens. */
export const withBackend = async <T>(call: Call, work: (backend: Backend) => Promise<T>): Promise<T> => {
  const backend = await openBackend(call)
  try {
    return await work(backend)
  } finally {
    await backend.close()
  }
}

/** @throws SecretError `not_supported` where a server is asked for what only its own machine can do */
export const assertLocal = (call: Call, command: string): void => {
  if (!isRemote(call.env)) return
  throw new SecretError("not_supported", `sotto ${command} works on the store itself, and SOTTO_URL names a server`, {
    help: "Run it where the server runs, without SOTTO_URL.",
  })
}
