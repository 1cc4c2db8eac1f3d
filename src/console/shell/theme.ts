import { Observable } from "../parts/observable.ts"

const THEMES = ["system", "light", "dark"] as const
export type ThemeName = (typeof THEMES)[number]

const KEPT = "sotto.theme"

/** Which of the two sets of tokens is shown: the system's, unless somebody chose. */
export class Theme extends Observable {
  readonly #root: Pick<HTMLElement, "setAttribute" | "removeAttribute">
  readonly #storage: Pick<Storage, "getItem" | "setItem">
  #current: ThemeName

  constructor(root: Pick<HTMLElement, "setAttribute" | "removeAttribute">, storage: Pick<Storage, "getItem" | "setItem">) {
    super()
    this.#root = root
    this.#storage = storage
    this.#current = THEMES.find((each) => each === storage.getItem(KEPT)) ?? "system"
    this.#show()
  }

  get current(): ThemeName {
    return this.#current
  }

  choose(theme: ThemeName): void {
    this.#current = theme
    this.#storage.setItem(KEPT, theme)
    this.#show()
    this.changed()
  }

  #show(): void {
    if (this.#current === "system") this.#root.removeAttribute("data-theme")
    else this.#root.setAttribute("data-theme", this.#current)
  }
}
