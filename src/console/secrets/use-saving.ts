import { useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import type { SecretError } from "../../base/errors.ts"
import { useAction } from "../parts/use-action.ts"

/** What became of a write whose answer never came. */
export type Fate = "stored" | "not stored" | "unknown"

interface Saving<Args extends unknown[]> {
  save(...args: Args): Promise<void>
  isBusy: boolean
  error: SecretError | undefined
  /** Set only where the answer was lost. */
  fate: Fate | undefined
  /** Asks again what became of it. */
  look(): Promise<void>
}

interface SavingParts<Args extends unknown[]> {
  workspace: string
  write(...args: Args): Promise<unknown>
  /** Whether what was written is there. */
  isStored(): Promise<boolean>
  /** It is known to be there. */
  onStored(): void
}

/** The answer of these may have been lost on its way back. */
const LOST: readonly string[] = ["server_unreachable", "aborted"]

/** A write whose outcome a person can rely on: where its answer is lost, the server is asked what is there. */
export const useSaving = <Args extends unknown[]>({ workspace, write, isStored, onStored }: SavingParts<Args>): Saving<Args> => {
  const queries = useQueryClient()
  const [fate, setFate] = useState<Fate>()
  const find = async (): Promise<boolean> => {
    const found = await isStored().then((is): Fate => (is ? "stored" : "not stored"), (): Fate => "unknown")
    setFate(found)
    return found === "stored"
  }
  const refresh = (): Promise<void> => queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === workspace })
  const writing = useAction(async (...args: Args) => {
    setFate(undefined)
    await write(...args)
    void refresh()
    return true
  })
  const looking = useAction(find)
  return {
    save: async (...args) => {
      if ((await writing.run(...args)) !== null) onStored()
    },
    isBusy: writing.isBusy || looking.isBusy,
    error: writing.error,
    fate: writing.error !== undefined && LOST.includes(writing.error.code) ? (fate ?? "unknown") : undefined,
    look: async () => {
      if ((await looking.run()) !== true) return
      void refresh()
      onStored()
    },
  }
}
