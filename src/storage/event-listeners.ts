import type { EventRow } from "../core/ports/rows.ts"

export type EventListener = (events: EventRow[]) => void

interface Registration {
  listener: EventListener
  /** Only events behind this number are news to this listener. */
  afterSeq: number
}

/** Those who want to hear of events. */
export class EventListeners {
  readonly #registrations = new Set<Registration>()

  get isEmpty(): boolean {
    return this.#registrations.size === 0
  }

  /** @returns stops telling */
  add(listener: EventListener, afterSeq: number): () => void {
    const registration: Registration = { listener, afterSeq }
    this.#registrations.add(registration)
    return () => this.#registrations.delete(registration)
  }

  tell(events: EventRow[]): void {
    for (const { listener, afterSeq } of [...this.#registrations]) {
      const news = events.filter(({ seq }) => seq > afterSeq)
      if (news.length > 0) tellOne(listener, news)
    }
  }

  clear(): void {
    this.#registrations.clear()
  }
}

// A listener that throws is a fault of its own: it surfaces as uncaught, and neither the writer nor the others notice.
const tellOne = (listener: EventListener, events: EventRow[]): void => {
  try {
    listener(events)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
