import { createIsolation } from "../../src/runner/isolation.ts"

/** Whether this machine lets a test make a network namespace: some systems keep that from accounts other than root. */
export const canIsolate = (): boolean => {
  try {
    return createIsolation().wrap([], "none").length > 0
  } catch {
    return false
  }
}
