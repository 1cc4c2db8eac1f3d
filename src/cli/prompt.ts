import { SecretError } from "../base/errors.ts"
import type { Screen } from "./screen.ts"

const PASTE_MODE_ON = "\u001b[?2004h"
const PASTE_MODE_OFF = "\u001b[?2004l"
const PASTE_BEGIN = "\u001b[200~"
const PASTE_END = "\u001b[201~"

/**
 * Asks on the terminal without echo. A pasted text is taken as it is, line breaks included but for one at its end, so that
 * nothing of it can fall into the shell; the first line break that is typed ends the input.
 * @throws SecretError `aborted` for Ctrl-C and Ctrl-D
 */
export const promptHidden = async (screen: Screen, question: string): Promise<string> => {
  const { stdin } = process
  stdin.setRawMode(true) // before the question: who answers quickly must not be echoed
  stdin.setEncoding("utf8")
  stdin.resume()
  screen.noteRaw(`${PASTE_MODE_ON}${question}`)
  try {
    return await readTyped(stdin)
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    screen.noteRaw(`${PASTE_MODE_OFF}\n`)
  }
}

const readTyped = (stdin: NodeJS.ReadStream): Promise<string> =>
  new Promise((resolve, reject) => {
    const typed = createTypedText()
    const finish = (settle: () => void): void => {
      stdin.off("data", onData).off("end", onEnd)
      settle()
    }
    const onEnd = (): void => finish(() => reject(new SecretError("aborted", "nothing was entered")))
    const onData = (chunk: Buffer | string): void => {
      const state = typed.add(String(chunk))
      if (state === "done") finish(() => resolve(typed.text()))
      else if (state === "stopped") onEnd()
    }
    stdin.on("data", onData).on("end", onEnd)
  })

interface TypedText {
  add(chunk: string): "more" | "done" | "stopped"
  text(): string
}

/** What the keys make of a line: backspace and Ctrl-U edit, escape sequences of other keys count for nothing. */
export const createTypedText = (): TypedText => {
  const characters: string[] = []
  let pending = ""
  let isPasting = false
  const take = (key: string): "more" | "done" | "stopped" => {
    if (key === PASTE_BEGIN) isPasting = true
    else if (key === PASTE_END) {
      isPasting = false
      if (characters.at(-1) === "\n") characters.pop() // a copied line brings its end along
    } else if (isPasting) characters.push(key === "\r" ? "\n" : key)
    else if (key === "\r" || key === "\n") return "done"
    else if (key === "\u0003" || (key === "\u0004" && characters.length === 0)) return "stopped"
    else if (key === "\u007f" || key === "\b") characters.pop()
    else if (key === "\u0015") characters.length = 0
    else if (!isControl(key)) characters.push(key)
    return "more"
  }
  return {
    add: (chunk) => {
      const { keys, rest } = splitKeys(pending + chunk)
      pending = rest
      for (const key of keys) {
        const state = take(key)
        if (state !== "more") return state
      }
      return "more"
    },
    text: () => characters.join(""),
  }
}

const isControl = (key: string): boolean => key !== "\t" && /^[\u0000-\u001f]/.test(key)

/** A key is a character, or an escape sequence; a sequence that has not ended waits for its rest. */
const splitKeys = (text: string): { keys: string[]; rest: string } => {
  const keys: string[] = []
  let rest = text
  while (rest !== "") {
    const sequence = /^\u001b(?:\[[0-9;?]*[ -/]*[@-~]|O.|[^[O])/.exec(rest)?.[0]
    if (sequence === undefined && rest.startsWith("\u001b")) return { keys, rest }
    const key = sequence ?? String.fromCodePoint(rest.codePointAt(0) as number)
    keys.push(key)
    rest = rest.slice(key.length)
  }
  return { keys, rest }
}
