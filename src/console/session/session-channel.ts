/**
 * Tabs of one browser share the cookie half of a session, so they have to share the other half as well: a tab that opens asks
 * the others, and a tab that signs in tells them. Nothing of it is written anywhere.
 */
export interface SessionChannel {
  /** The half of a tab that is signed in; null where none answers. */
  ask(): Promise<string | null>
  tell(half: string | null): void
  /** null: another tab has signed out. */
  onChange(listen: (half: string | null) => void): void
  /** How this tab answers those that ask. */
  answerWith(half: () => string | null): void
}

type Word = { say: "who" } | { say: "half"; half: string } | { say: "changed"; half: string | null }

const ANSWER_WITHIN_MS = 150

export const openSessionChannel = (name: string): SessionChannel => {
  const channel = new BroadcastChannel(name)
  const say = (word: Word): void => channel.postMessage(word)
  const hear = (listen: (word: Word) => void): void => channel.addEventListener("message", ({ data }: MessageEvent<Word>) => listen(data))
  return {
    ask: () =>
      new Promise((resolve) => {
        hear((word) => {
          if (word.say === "half") resolve(word.half)
        })
        setTimeout(() => resolve(null), ANSWER_WITHIN_MS)
        say({ say: "who" })
      }),
    tell: (half) => say({ say: "changed", half }),
    onChange: (listen) =>
      hear((word) => {
        if (word.say === "changed") listen(word.half)
      }),
    answerWith: (half) =>
      hear((word) => {
        const own = word.say === "who" ? half() : null
        if (own !== null) say({ say: "half", half: own })
      }),
  }
}
