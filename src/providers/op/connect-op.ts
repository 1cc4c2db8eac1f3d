import { unavailable } from "../answers.ts"
import type { ConnectOp, OpClient } from "./op-client.ts"
import { asOpFailure } from "./op-failure.ts"

/** Through the package `@1password/sdk`, which is loaded here and nowhere else. A malformed token fails without a request. */
export const connectOp: ConnectOp = async (token) => {
  const { createClient } = await loadSdk()
  try {
    return (await createClient({ auth: token, integrationName: "Sotto", integrationVersion: "1" })) as unknown as OpClient
  } catch (error) {
    throw asOpFailure(error)
  }
}

const loadSdk = async () => {
  try {
    return await import("@1password/sdk")
  } catch {
    throw unavailable("not_installed", "the package @1password/sdk is not installed", "Run: npm install @1password/sdk")
  }
}
