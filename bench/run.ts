/**
 * `npm run bench` runs everything, `npm run bench -- get put` what is named; `--write` writes docs/bench.md besides, or the rows of what is named. Each bench
 * has a process of its own, so that none finds the compiler or the heap as another left it.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { keepResults, printable, updatePage, writePage } from "./report.ts"
import type { BenchRow } from "./row.ts"

type Bench = () => Promise<BenchRow[]>

const benches: Record<string, () => Promise<Bench>> = {
  envelope: async () => (await import("./envelope.ts")).runEnvelopeBench,
  peer: async () => (await import("./peer-envelope.ts")).runPeerBench,
  get: async () => (await import("./get.ts")).runGetBench,
  growth: async () => (await import("./get-growth.ts")).runGetGrowthBench,
  put: async () => (await import("./put.ts")).runPutBench,
  postgres: async () => (await import("./postgres-get.ts")).runPostgresGetBench,
  server: async () => (await import("./server.ts")).runServerBench,
  rotation: async () => (await import("./rotation.ts")).runRotationBench,
  redact: async () => (await import("./redact.ts")).runRedactBench,
  start: async () => (await import("./start.ts")).runStartBench,
  run: async () => (await import("./run-start.ts")).runRunBench,
  agents: async () => (await import("./agents.ts")).runAgentsBench,
  sandboxes: async () => (await import("./sandboxes.ts")).runSandboxesBench,
  boxes: async () => (await import("./boxes.ts")).runBoxesBench,
}

const runInside = async (name: string, target: string): Promise<void> => {
  const bench = await benches[name]?.()
  writeFileSync(target, JSON.stringify(await bench?.()))
}

/** @returns no rows for a bench that failed, whose error stands on the terminal */
const runApart = (name: string, folder: string): BenchRow[] => {
  console.error(`${name} ...`)
  const target = join(folder, `${name}.json`)
  const { status } = spawnSync(process.execPath, [import.meta.filename, "--inside", name, target], { stdio: ["ignore", "inherit", "inherit"] })
  if (status === 0) return JSON.parse(readFileSync(target, "utf8")) as BenchRow[]
  console.error(`${name} failed`)
  process.exitCode = 1
  return []
}

const runAll = (named: readonly string[], isWriting: boolean): void => {
  const unknown = named.filter((name) => !(name in benches))
  if (unknown.length > 0) throw new Error(`no bench is called ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}`)
  const folder = mkdtempSync(join(tmpdir(), "sotto-bench-run-"))
  try {
    const rows = (named.length > 0 ? named : Object.keys(benches)).flatMap((name) => runApart(name, folder))
    console.table(rows.map(printable))
    console.log(keepResults(rows, new Date()))
    if (isWriting && named.length > 0) updatePage(rows, new Date())
    else if (isWriting) writePage(rows, new Date())
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const [first, ...rest] = process.argv.slice(2)
if (first === "--inside") await runInside(rest[0] as string, rest[1] as string)
else runAll(process.argv.slice(2).filter((word) => !word.startsWith("--")), process.argv.includes("--write"))
