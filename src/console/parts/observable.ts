/** State that parts of the page follow (`useSyncExternalStore`). */
export abstract class Observable {
  readonly #listeners = new Set<() => void>()

  readonly subscribe = (listen: () => void): (() => void) => {
    this.#listeners.add(listen)
    return () => this.#listeners.delete(listen)
  }

  protected changed(): void {
    for (const listen of this.#listeners) listen()
  }
}
