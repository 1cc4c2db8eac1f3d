/** Lets one piece of work run at a time, in the order in which they asked. */
export class FairMutex {
  #last: Promise<void> = Promise.resolve()
  #waiting = 0

  get isTaken(): boolean {
    return this.#waiting > 0
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    this.#waiting += 1
    await before
    try {
      return await work()
    } finally {
      this.#waiting -= 1
      resolve()
    }
  }
}
