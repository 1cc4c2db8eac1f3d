import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { GraphJob, JobGraph } from "./graph.ts"
import { runGraph, type JobStatus } from "./run-graph.ts"

const job = (name: string, after: string[]): GraphJob => ({ name, stage: "ci", target: "linux", after, variables: {}, secrets: [], script: ["x"] })
const graphOf = (jobs: GraphJob[]): JobGraph => ({ version: "v1", file: "jobs.yml", stages: ["ci"], jobs })

interface Played {
  ended: Map<string, JobStatus>
  /** Names as they began and ended: +a, -a. */
  log: string[]
}

const play = async (jobs: GraphJob[], failing: readonly string[], limit = 4, stop?: (log: string[]) => AbortSignal): Promise<Played> => {
  const log: string[] = []
  const runJob = async ({ name }: GraphJob) => {
    log.push(`+${name}`)
    for (let i = 0; i < name.length; i++) await Promise.resolve()
    log.push(`-${name}`)
    return failing.includes(name) ? ("failed" as const) : ("success" as const)
  }
  const signal = stop?.(log) ?? new AbortController().signal
  const ended = await runGraph({ graph: graphOf(jobs), limit, runJob, onSkipped: ({ name }) => log.push(`!${name}`), signal })
  return { ended, log }
}

describe("a graph of jobs", () => {
  it("runs side by side what waits for nothing", async () => {
    const { log } = await play([job("a", []), job("b", []), job("c", ["a", "b"])], [])
    expect(log).toEqual(["+a", "+b", "-a", "-b", "+c", "-c"])
  })

  it("loom C21: skips what waits for a job that failed, and what waits for that, and lets the others run", async () => {
    const { ended } = await play([job("a", []), job("b", ["a"]), job("c", ["b"]), job("d", [])], ["a"])
    expect(Object.fromEntries(ended)).toEqual({ a: "failed", b: "skipped", c: "skipped", d: "success" })
  })

  it("starts nothing any more once it is stopped, and waits for what runs", async () => {
    const stop = new AbortController()
    stop.abort()
    const { ended, log } = await play([job("a", []), job("b", ["a"])], [], 4, () => stop.signal)
    expect([Object.fromEntries(ended), log]).toEqual([{ a: "skipped", b: "skipped" }, ["!a", "!b"]])
  })

  it("of any shape ends, starts each job at most once, in order, within the limit", async () => {
    const shape = fc.array(fc.array(fc.nat(9), { maxLength: 3 }), { minLength: 1, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(shape, fc.array(fc.nat(9), { maxLength: 3 }), fc.integer({ min: 1, max: 4 }), fc.boolean(), async (edges, failing, limit, isBackwards) => {
        const declared = edges.map((after, i) => job(`j${i}`, [...new Set(after.filter((each) => each < i))].map((each) => `j${each}`)))
        const jobs = isBackwards ? declared.toReversed() : declared
        const { ended, log } = await play(jobs, failing.map((i) => `j${i}`), limit)
        expect(ended.size).toBe(jobs.length)
        let running = 0
        for (const line of log) {
          if (line.startsWith("+")) running++
          if (line.startsWith("-")) running--
          expect(running).toBeLessThanOrEqual(limit)
        }
        for (const { name, after } of jobs) {
          const started = log.indexOf(`+${name}`)
          expect(log.filter((line) => line === `+${name}`).length).toBe(ended.get(name) === "skipped" ? 0 : 1)
          expect(after.every((each) => ended.get(each) === "success")).toBe(started !== -1)
          expect(started === -1 || after.every((each) => log.indexOf(`-${each}`) < started)).toBe(true)
        }
      }),
    )
  })
})
