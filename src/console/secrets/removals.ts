import { createContext, useContext, useSyncExternalStore } from "react"
import { isSecretError } from "../../base/errors.ts"
import { sentence } from "../parts/error-box.tsx"
import { nextStep } from "../parts/next-step.ts"
import type { Notices } from "../parts/notices.ts"
import { Observable } from "../parts/observable.ts"
import { asSecretError } from "../parts/use-action.ts"
import type { SignedIn } from "../session/session.ts"

export interface Removal {
  workspace: string
  id: string
  key: string
  version: number
}

interface Waiting {
  removal: Removal
  timer: ReturnType<typeof setTimeout>
  dropNotice(): void
}

const UNDO_WITHIN_MS = 10_000

/** Removals that a person can still take back, and those that lists do not know of yet. */
export class Removals extends Observable {
  readonly #notices: Notices
  readonly #waiting = new Map<string, Waiting>()
  #hidden: ReadonlySet<string> = new Set()
  #signedIn: SignedIn | null = null

  constructor(notices: Notices) {
    super()
    this.#notices = notices
  }

  /** Ids of what is not shown any more. */
  get hidden(): ReadonlySet<string> {
    return this.#hidden
  }

  /** By whom the requests are sent. */
  use(signedIn: SignedIn): void {
    this.#signedIn = signedIn
  }

  begin(removal: Removal): void {
    const { id, key } = removal
    if (this.#waiting.has(id)) return
    const undo = (): void => void (this.#take(id) !== null && this.#show(id))
    const dropNotice = this.#notices.tell(`${key} is removed in ten seconds.`, { action: { label: "Undo", run: undo }, forMs: UNDO_WITHIN_MS })
    this.#waiting.set(id, { removal, dropNotice, timer: setTimeout(() => void this.#send(id, "now"), UNDO_WITHIN_MS) })
    this.#change([...this.#hidden, id])
  }

  /** Sends what waits. While the page goes away nobody hears the answer. */
  async flush(how: "now" | "leaving"): Promise<void> {
    await Promise.all([...this.#waiting.keys()].map((id) => this.#send(id, how)))
  }

  async #send(id: string, how: "now" | "leaving"): Promise<void> {
    const removal = this.#take(id)
    if (removal === null || this.#signedIn === null) return
    const { client, lastWords } = this.#signedIn
    try {
      await (how === "leaving" ? lastWords : client).removeSecret(removal.workspace, id, { ifVersion: removal.version })
      this.#notices.tell(`${removal.key} was removed.`)
    } catch (thrown) {
      if (isSecretError(thrown) && thrown.code === "not_found") return // somebody else was quicker: it is gone
      this.#show(id)
      const error = asSecretError(thrown)
      this.#notices.tell(`${removal.key} was not removed. ${sentence(error.message)} ${nextStep(error)}`, { isBad: true })
    }
  }

  #take(id: string): Removal | null {
    const found = this.#waiting.get(id)
    if (found === undefined) return null
    clearTimeout(found.timer)
    found.dropNotice()
    this.#waiting.delete(id)
    return found.removal
  }

  #show(id: string): void {
    this.#change([...this.#hidden].filter((each) => each !== id))
  }

  #change(ids: readonly string[]): void {
    this.#hidden = new Set(ids)
    this.changed()
  }
}

export const RemovalsContext = createContext<Removals | null>(null)

export const useRemovals = (): Removals => {
  const removals = useContext(RemovalsContext)
  if (removals === null) throw new TypeError("there are no removals around this part")
  return removals
}

export const useHidden = (): ReadonlySet<string> => {
  const removals = useRemovals()
  return useSyncExternalStore(removals.subscribe, () => removals.hidden)
}
