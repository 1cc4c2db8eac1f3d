import { spawnSync } from "node:child_process"
import { createRedactor, type NamedValue } from "../src/redact/index.ts"
import { collectGarbage, compare, type Operation } from "./measure.ts"
import { ALPHANUMERIC, HEX, logText, seeded, textOf } from "./log-text.ts"
import { type BenchRow, ratioAtLeast, sottoAtMost } from "./row.ts"

console.log(collectGarbage, spawnSync, ratioAtLeast, sottoAtMost) 
const CHUNK = 65536
export const secretsOf = (count: number): NamedValue[] => {
  const random = seeded(count)
  return Array.from({ length: count }, (_, i) => ({ name: `S${i}`, value: secretOf(i, random) }))
}
const secretOf = (i: number, random: () => number): string => {
  switch (i % 10) {
    case 1: return textOf(HEX, 40, random)
    case 2: return `postgres://app:${textOf(ALPHANUMERIC, 20, random)}@db.internal:5432/app`
    case 3: return `sk_live_${textOf(ALPHANUMERIC, 24, random)}`
    case 4: return textOf(`${ALPHANUMERIC}+/`, 43, random) + "="
    case 5: return textOf(`${ALPHANUMERIC}!"$%&/()=?+*#'-_.:,;<>`, 24, random)
    case 6: return `-----BEGIN KEY-----\n${Array.from({length:6},()=>textOf(`${ALPHANUMERIC}+/`, 64, random)).join("\n")}\n-----END KEY-----\n`
    default: return textOf(ALPHANUMERIC, 32, random)
  }
}
const text = logText(32 << 20, seeded(7))
const chunkAt = (i: number): Buffer => text.subarray((i % (text.length / CHUNK)) * CHUNK, (i % (text.length / CHUNK)) * CHUNK + CHUNK)
console.log(text.subarray(0,1500).toString())
const count = Number(process.argv[2])
const secrets = secretsOf(count)
const before = process.memoryUsage()
const t0 = performance.now()
const r = createRedactor(secrets)
const f = r.filter()
f.push(chunkAt(0))
const t1 = performance.now()
const after = process.memoryUsage()
console.log("build", t1 - t0, (after.rss-before.rss)/1e6, (after.arrayBuffers-before.arrayBuffers)/1e6)
console.log((r as any).debug)
const ten = secretsOf(10).map((s) => Buffer.from(s.value))
const sides: Operation[] = [
  (i) => f.push(chunkAt(i)),
  (i) => chunkAt(i).slice(),
  (i) => { const c = chunkAt(i); return Uint8Array.prototype.slice.call(c) },
  (i) => { const c = chunkAt(i); let n = 0; for (const t of ten) for (let at = c.indexOf(t); at >= 0; at = c.indexOf(t, at + 1)) n++; return n },
]
const { rates, ratios } = await compare(sides, { rounds: 15, sliceMs: 40, burst: 4 })
console.log(rates.map((x) => (x * CHUNK / 1e6).toFixed(0)), ratios.map(x=>x.toFixed(2)))
