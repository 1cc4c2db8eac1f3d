import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** One call of what is measured. `i` counts up, so that each call can take another key. */
export type Operation = (i: number) => unknown

export interface Measured {
  /** Calls a second of each side, medians of the rounds. */
  rates: number[]
  /** For each side the median of (rate of the first side / its rate), each taken within one round. */
  ratios: number[]
}

interface Course {
  rounds?: number
  sliceMs?: number
  /** Calls between two looks at the clock. */
  burst?: number
}

/** Until the compiler has seen enough of either side. */
const WARM_UP_MS = 700

const createCollector = (): ((options?: { type: "minor" }) => void) => {
  setFlagsFromString("--expose-gc")
  return runInNewContext("gc") as (options?: { type: "minor" }) => void
}
const collect = createCollector()

export const collectGarbage = (): void => collect()

/**
 * Makes each side pay for its own garbage and no more: a collection of everything would also throw away what the compiler has
 * learnt about objects of which none happens to be alive, and each slice would begin by learning it again.
 */
const collectYoung = (): void => collect({ type: "minor" })

/**
 * Runs the sides in turns, a slice of each in every round; another side goes first each time, so that a drift of the machine
 * favours none. An operation that gives a promise is awaited, one call after the other.
 */
export const compare = async (sides: readonly Operation[], { rounds = 45, sliceMs = 40, burst = 20 }: Course = {}): Promise<Measured> => {
  const rates: number[][] = sides.map(() => [])
  const next: number[] = []
  collectGarbage()
  for (const side of sides) next.push((await slice(side, { from: 0, sliceMs: WARM_UP_MS, burst })).calls)
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < sides.length; i++) {
      const turn = (round + i) % sides.length
      const { calls, perSecond } = await slice(sides[turn] as Operation, { from: next[turn] as number, sliceMs, burst })
      next[turn] = (next[turn] as number) + calls
      rates[turn]?.push(perSecond)
    }
  }
  return { rates: rates.map(median), ratios: rates.map((other) => medianRatio(rates[0] as number[], other)) }
}

const slice = async (
  operation: Operation,
  { from, sliceMs, burst }: { from: number; sliceMs: number; burst: number },
): Promise<{ calls: number; perSecond: number }> => {
  collectYoung()
  const startMs = performance.now()
  let calls = 0
  let elapsedMs = 0
  while (elapsedMs < sliceMs) {
    for (let i = 0; i < burst; i++) {
      const result = operation(from + calls + i)
      if (result instanceof Promise) await result
    }
    calls += burst
    elapsedMs = performance.now() - startMs
  }
  return { calls, perSecond: (calls * 1000) / elapsedMs }
}

export const medianRatio = (first: readonly number[], other: readonly number[]): number =>
  median(first.map((value, round) => value / (other[round] as number)))

export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5)

export const quantile = (numbers: readonly number[], part: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.min(Math.floor(numbers.length * part), numbers.length - 1)] ?? Number.NaN
