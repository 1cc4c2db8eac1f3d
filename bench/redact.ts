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
    ...(await regexRows(200, chunkAt)),
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
    operation: "redact a stream", size: `${count === 1 ? "1 secret" : `${count} secrets`}, all variants`, unit: "MB/s",
    sotto: megabytes(rates[0]), other: megabytes(rates[side]), against, ratio: ratios[side] as number,
  })
  return [{ ...row(1, "ten Buffer.indexOf scans"), ...(limit === undefined ? {} : { limit }) }, row(2, "plain copying")]
}

/** Parts of a chunk, so that a slice of the clock has several. */
const REGEX_PARTS = { flat: 16, grouped: 512 }

/**
 * A flat expression finds that something is there, and needs a look-up to say what; one with a group for each secret says it
 * itself, and cannot be made into a tree of prefixes by the engine.
 */
const regexRows = async (count: number, chunkAt: ChunkAt): Promise<BenchRow[]> => {
  const own = await compare([filtering(benchSecrets(count), chunkAt)], { rounds: 11, burst: 4 })
  const row = async (pattern: RegExp, parts: number, against: string): Promise<BenchRow> => {
    const replacing: Operation = (i) => chunkAt(i).subarray(0, CHUNK_BYTES / parts).toString("latin1").replace(pattern, () => "[REDACTED]")
    const { rates } = await compare([replacing], { rounds: 11, burst: 1 })
    const [sotto, other] = [megabytes(own.rates[0]), megabytes(rates[0]) / parts]
    return { operation: "redact a stream", size: `${count} secrets, all variants`, unit: "MB/s", sotto, other, against, ratio: sotto / other, limit: ratioAtLeast(100) }
  }
  const { flat, grouped, size } = alternations(count)
  return [
    await row(flat, REGEX_PARTS.flat, `one RegExp, ${size} patterns`),
    await row(grouped, REGEX_PARTS.grouped, `the same with a group for each secret`),
  ]
}

/** Every pattern of a redactor, the longest first, as such an expression has to have them. */
const alternations = (count: number): { flat: RegExp; grouped: RegExp; size: number } => {
  const owners = new Map<string, string>()
  for (const { name, bytes } of allPatterns(benchSecrets(count))) {
    const text = Buffer.from(bytes).toString("latin1")
    if (!owners.has(text)) owners.set(text, name)
  }
  const longestFirst = [...owners].toSorted(([a], [b]) => b.length - a.length)
  const groups = Map.groupBy(longestFirst, ([, name]) => name)
  const either = (texts: readonly (readonly [string, string])[]): string => texts.map(([text]) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|")
  return {
    flat: new RegExp(either(longestFirst), "g"),
    grouped: new RegExp([...groups].map(([name, texts]) => `(?<${name}>${either(texts)})`).join("|"), "g"),
    size: owners.size,
  }
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
