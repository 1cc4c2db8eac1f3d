import type { StoreContext } from "../src/core/context.ts"
import type { Grant, Permission, PrincipalKind } from "../src/core/principal.ts"
import { openContext } from "../src/store/open-context.ts"

export interface TestContext {
  ctx: StoreContext
  /** Set it, and time has passed. */
  clock: { now: number }
  /** The same store as seen by somebody with these permissions. */
  as(grants: readonly Grant[], kind?: PrincipalKind, id?: string): StoreContext
  close(): Promise<void>
}

export const RING = `1:${Buffer.alloc(32, 7).toString("base64")}`

/** A store of its own, in memory unless a database is named, with a clock that stands still. */
export const openTestContext = async (database = "memory:", keys = RING): Promise<TestContext> => {
  const clock = { now: 1_800_000_000_000 }
  const { ctx, close } = await openContext({ database, keys, clock: () => clock.now, audit: { reads: "on" } })
  const as = (grants: readonly Grant[], kind: PrincipalKind = "service", id = "tester"): StoreContext => ({
    ...ctx,
    actor: { principal: { kind, id, name: id }, grants },
  })
  return { ctx, clock, as, close }
}

export const grant = (pattern: string, ...permissions: Permission[]): Grant => ({ pattern, permissions })
