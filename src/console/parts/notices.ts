import { createContext, useContext } from "react"
import { Observable } from "./observable.ts"

export interface Notice {
  id: number
  text: string
  isBad: boolean
  action?: { label: string; run(): void }
}

interface NoticeOptions {
  isBad?: boolean
  action?: { label: string; run(): void }
  forMs?: number
}

const SHOWN_MS = 6_000
/** What went wrong is read more slowly. */
const SHOWN_BAD_MS = 20_000

/** What a person is told of outcomes. */
export class Notices extends Observable {
  #all: readonly Notice[] = []
  #last = 0

  get all(): readonly Notice[] {
    return this.#all
  }

  /** @returns how to take it away again */
  tell(text: string, { isBad = false, action, forMs = isBad ? SHOWN_BAD_MS : SHOWN_MS }: NoticeOptions = {}): () => void {
    const id = ++this.#last
    const drop = (): void => this.#change(this.#all.filter((each) => each.id !== id))
    this.#change([...this.#all, { id, text, isBad, ...(action && { action }) }])
    setTimeout(drop, forMs)
    return drop
  }

  #change(all: readonly Notice[]): void {
    this.#all = all
    this.changed()
  }
}

export const NoticesContext = createContext<Notices | null>(null)

export const useNotices = (): Notices => {
  const notices = useContext(NoticesContext)
  if (notices === null) throw new TypeError("there are no notices around this part")
  return notices
}
