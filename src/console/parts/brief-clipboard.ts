import { createContext, useContext } from "react"
import type { Notices } from "./notices.ts"

const KEPT_MS = 30_000

/** Puts values where they can be pasted from, and takes them away again. */
export class BriefClipboard {
  readonly #notices: Notices
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(notices: Notices) {
    this.#notices = notices
  }

  /** @param read asked for at once: browsers let only a person's own action write to the clipboard */
  async copy(name: string, read: () => Promise<string>): Promise<void> {
    const text = read()
    const blob = text.then((value) => new Blob([value], { type: "text/plain" }))
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]).catch(async (error: unknown) => {
      await text // what the server refused is the better reason
      throw error
    })
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.clear(), KEPT_MS)
    this.#notices.tell(`${name} is copied. The clipboard is cleared in 30 seconds.`)
  }

  /** Where the page is not in front, as soon as it is. */
  clear(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    navigator.clipboard.writeText("").then(
      () => (this.#timer = undefined),
      () => addEventListener("focus", () => this.clear(), { once: true }),
    )
  }
}

export const ClipboardContext = createContext<BriefClipboard | null>(null)

export const useBriefClipboard = (): BriefClipboard => {
  const clipboard = useContext(ClipboardContext)
  if (clipboard === null) throw new TypeError("there is no clipboard around this part")
  return clipboard
}
