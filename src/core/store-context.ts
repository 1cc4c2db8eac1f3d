import type { StoreContext } from "./context.ts"

/** Where an open store keeps its context for the other entries of this package, also of another copy of it. */
export const CONTEXT = Symbol.for("sotto.context")

/** The context of an open store. @throws TypeError for anything else */
export const contextOf = (store: object): StoreContext => {
  const ctx = (store as { [CONTEXT]?: StoreContext })[CONTEXT]
  if (ctx === undefined) throw new TypeError("this is not a store that openStore gave")
  return ctx
}
