import { useAction, type Action } from "../parts/use-action.ts"
import { useSignedIn } from "../session/use-session.ts"
import type { OpenBox } from "./open-box.ts"

/** Of each way to a box. */
export interface UnlockProps {
  onOpen(box: OpenBox): void
}

interface Opening {
  origin: string
  now(): number
}

/** Work that ends with an open box. What it is given is kept nowhere. */
export const useOpening = <Args extends unknown[]>(work: (opening: Opening, ...args: Args) => Promise<OpenBox>, onOpen: (box: OpenBox) => void): Action<Args, void> => {
  const { clock } = useSignedIn()
  return useAction(async (...args: Args) => onOpen(await work({ origin: location.origin, now: () => clock.now() }, ...args)))
}
