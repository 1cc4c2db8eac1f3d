import { isBoxId, type BoxId } from "../../boxes/protocol/keys.ts"
import { Observable } from "../parts/observable.ts"

const PREFIX = "sotto.box-key."

/** Keys that their holders asked this browser to keep: each as the text that `exportKey` sealed under a passphrase, and never otherwise. */
export class KeptKeys extends Observable {
  readonly #storage: Storage
  #ids: readonly BoxId[]

  constructor(storage: Storage) {
    super()
    this.#storage = storage
    this.#ids = this.#find()
  }

  get ids(): readonly BoxId[] {
    return this.#ids
  }

  has(id: BoxId): boolean {
    return this.#ids.includes(id)
  }

  sealedOf(id: BoxId): string | null {
    return this.#storage.getItem(PREFIX + id)
  }

  keep(id: BoxId, sealed: string): void {
    this.#storage.setItem(PREFIX + id, sealed)
    this.#look()
  }

  forget(id: BoxId): void {
    this.#storage.removeItem(PREFIX + id)
    this.#look()
  }

  #look(): void {
    this.#ids = this.#find()
    this.changed()
  }

  #find(): BoxId[] {
    return Object.keys(this.#storage)
      .filter((key) => key.startsWith(PREFIX))
      .map((key) => key.slice(PREFIX.length))
      .filter(isBoxId)
      .sort()
  }
}
