import { createKeyRing } from "../src/core/key-ring.ts"
import type { KeyWrapper } from "../src/core/ports/key-wrapper.ts"

/** An external key service as a store would meet it: every call takes its time, counts, and may do something in between. */
export const createSlowKeyService = (ring: string, beforeEachCall: () => Promise<void> = async () => undefined) => {
  const keys = createKeyRing(ring)
  const calls = { wrap: 0, unwrap: 0, largestBatch: 0 }
  const waited = async <T>(kind: "wrap" | "unwrap", size: number, work: () => T): Promise<T> => {
    calls[kind]++
    calls.largestBatch = Math.max(calls.largestBatch, size)
    await new Promise((resolve) => setImmediate(resolve))
    await beforeEachCall()
    return work()
  }
  const wrapper: KeyWrapper = {
    activeVersion: keys.activeVersion,
    versions: keys.versions,
    wrap: (requests) => waited("wrap", requests.length, () => keys.wrap(requests) as Uint8Array[]),
    unwrap: (requests) => waited("unwrap", requests.length, () => keys.unwrap(requests) as (Uint8Array | null)[]),
    close: () => keys.close(),
  }
  return { wrapper, calls }
}
