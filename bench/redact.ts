import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { createRedactor } from "../src/redact/index.ts"
import { allPatterns } from "../test/redact/all-patterns.ts"
import { benchSecrets } from "./bench-secrets.ts"
import { logText, seeded } from "./log-text.ts"
import { compare, median, type Operation } from "./measure.ts"
import { type BenchRow, type Limit, ratioAtLeast, sottoAtMost } from "./row.ts"

const CHUNK_BYTES = 65_536
const TEXT_BYTES = 32 * 1024 * 1024
const BUILD_ROUNDS = 7
const SHORT = { name: "SHORT", value: "q9Z4" }

/** A filter with so many secrets and all their variants, on log text without a secret, beside what else could be done. */
export const runRedactBench = async (): Promise<BenchRow[]> => {
  const chunkAt = chunksOf(logText(TEXT_BYTES, seeded(7)))
  const scans = indexOfScans(chunkAt)
  return [
    ...(await rowsFor(1, chunkAt, scans)),
    ...(await rowsFor(10, chunkAt, scans, ratioAtLeast(1))),
    ...(await rowsFor(200, chunkAt, scans, ratioAtLeast(0.5))),
    await regexRow(200, chunkAt),
    ...(await rowsFor(5_000, chunkAt, scans, ratioAtLeast(0.1))),
    await shortRow(chunkAt),
    ...buildRows(5_000),
  ]
}

type ChunkAt = (i: number) => Buffer

const chunksOf = (text: Buffer): ChunkAt => {
  const count = text.length / CHUNK_BYTES
  return (i) => text.subarray((i % count) * CHUNK_BYTES, ((i % count) + 1) * CHUNK_BYTES)
}

const filtering = (secrets: ReturnType<typeof benchSecrets>, chunkAt: ChunkAt): Operation => {
  const filter = createRedactor(secrets).filter()
  return (i) => filter.push(chunkAt(i))
}

/** The ten values of the bench with ten secrets, each looked for as it stands: no variant, no marker, no care for cuts. */
const indexOfScans = (chunkAt: ChunkAt): Operation => {
  const values = benchSecrets(10).map(({ value }) => Buffer.from(value))
  return (i) => {
    const chunk = chunkAt(i)
    let found = 0
    for (const value of values) for (let at = chunk.indexOf(value); at !== -1; at = chunk.indexOf(value, at + 1)) found++
    return found
  }
}

const megabytes = (rate: number | undefined): number => ((rate as number) * CHUNK_BYTES) / 1e6

const rowsFor = async (count: number, chunkAt: ChunkAt, scans: Operation, limit?: Limit): Promise<BenchRow[]> => {
  const copying: Operation = (i) => Uint8Array.from(chunkAt(i))
  const { rates, ratios } = await compare([filtering(benchSecrets(count), chunkAt), scans, copying], { rounds: 21, burst: 4 })
  const row = (side: number, against: string): BenchRow => ({
    operation: "redact a stream", size: `${count} secrets, all variants`, unit: "MB/s",
    sotto: megabytes(rates[0]), other: megabytes(rates[side]), against, ratio: ratios[side] as number,
  })
  return [{ ...row(1, "ten Buffer.indexOf scans"), ...(limit === undefined ? {} : { limit }) }, row(2, "plain copying")]
}

const regexRow = async (count: number, chunkAt: ChunkAt): Promise<BenchRow> => {
  const { pattern, size } = alternation(count)
  // A slice of a chunk: a whole one takes the regular expression most of a second.
  const replacing: Operation = (i) => chunkAt(i).subarray(0, CHUNK_BYTES / 16).toString("latin1").replace(pattern, "[REDACTED]")
  const { rates } = await compare([replacing], { rounds: 11, burst: 1 })
  const own = await compare([filtering(benchSecrets(count), chunkAt)], { rounds: 11, burst: 4 })
  const [sotto, other] = [megabytes(own.rates[0]), megabytes(rates[0]) / 16]
  return {
    operation: "redact a stream", size: `${count} secrets, all variants`, unit: "MB/s", sotto, other,
    against: `one RegExp of the same ${size} patterns`, ratio: sotto / other, limit: ratioAtLeast(100),
  }
}

/** Every pattern of a redactor, the longest first, as such an expression has to have them. */
const alternation = (count: number): { pattern: RegExp; size: number } => {
  const texts = new Set(allPatterns(benchSecrets(count)).map(({ bytes }) => Buffer.from(bytes).toString("latin1")))
  const longestFirst = [...texts].toSorted((a, b) => b.length - a.length)
  return { pattern: new RegExp(longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"), "g"), size: texts.size }
}

const shortRow = async (chunkAt: ChunkAt): Promise<BenchRow> => {
  const secrets = benchSecrets(200)
  const { rates, ratios } = await compare([filtering([...secrets, SHORT], chunkAt), filtering(secrets, chunkAt)], { rounds: 21, burst: 4 })
  return {
    operation: "redact a stream", size: "200 secrets and one of 4 bytes", unit: "MB/s", sotto: megabytes(rates[0]), other: megabytes(rates[1]),
    against: "without the short one", ratio: ratios[1] as number,
  }
}

const buildRows = (count: number): BenchRow[] => {
  const script = join(import.meta.dirname, "redact-build.ts")
  const runs = Array.from({ length: BUILD_ROUNDS }, () => JSON.parse(spawnSync(process.execPath, [script, String(count)], { encoding: "utf8" }).stdout) as { ms: number; mb: number })
  const row = (unit: "ms" | "MB", sotto: number, bound: number): BenchRow => ({
    operation: "build a redactor", size: `${count} secrets, all variants`, unit, sotto, other: bound, against: `${bound} ${unit}`, ratio: sotto / bound, limit: sottoAtMost(bound),
  })
  return [row("ms", median(runs.map(({ ms }) => ms)), 1000), row("MB", median(runs.map(({ mb }) => mb)), 128)]
}
