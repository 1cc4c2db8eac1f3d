import type { Screen } from "./screen.ts"

export interface ProgressBar {
  show(done: number, total: number): void
  /** Leaves what is printed next on a line of its own. */
  end(): void
}

const WIDTH = 30

/** On a terminal one line that is drawn over; elsewhere a plain line for every tenth. */
export const createProgressBar = (screen: Screen, what: string): ProgressBar =>
  screen.isTerminal.stderr ? drawn(screen, what) : spoken(screen, what)

const percent = (done: number, total: number): number => (total === 0 ? 100 : Math.floor((done / total) * 100))

const drawn = (screen: Screen, what: string): ProgressBar => {
  let isDrawn = false
  return {
    show: (done, total) => {
      const filled = Math.floor((percent(done, total) / 100) * WIDTH)
      screen.noteRaw(`\r${what} [${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}] ${percent(done, total)} % (${done} of ${total})`)
      isDrawn = true
    },
    end: () => {
      if (isDrawn) screen.noteRaw("\n")
    },
  }
}

const spoken = (screen: Screen, what: string): ProgressBar => {
  let last = -1
  return {
    show: (done, total) => {
      const tenth = Math.floor(percent(done, total) / 10)
      if (tenth === last) return
      last = tenth
      screen.note(`${what}: ${done} of ${total}`)
    },
    end: () => undefined,
  }
}
