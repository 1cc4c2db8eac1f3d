/**
 * `npm run bench:redaction` prints what each of the leak classes becomes with Sotto and with peers, each in a process of its own
 * that writes what the class says. It keeps nothing.
 */
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { installPeers } from "./install-peers.ts"
import { createRedactor } from "../src/redact/index.ts"
import { bytesOf, LEAK_CLASSES, type LeakClass, leaksIn } from "../test/redact/leak-classes.ts"

const PEERS = join(import.meta.dirname, "peer-redaction")
const bin = (name: string): string => join(PEERS, "node_modules/.bin", name)
const TIMEOUT_MS = 30_000

/** Prints the writes of a class, told apart by time as they are by calls. */
const WRITER = `
const { writes, gapMs } = JSON.parse(require("node:fs").readFileSync(process.argv[2], "utf8"))
void (async () => {
  for (const write of writes) {
    await new Promise((resolve) => process.stdout.write(Buffer.from(write, "base64"), resolve))
    await new Promise((resolve) => setTimeout(resolve, gapMs))
  }
})()`

interface Contestant {
  name: string
  /** What reaches the reader. null: it could not be run. */
  print(leak: LeakClass, folder: string): Promise<Buffer | null>
}

const run = (folder: string, command: string, args: readonly string[]): Promise<Buffer | null> =>
  new Promise((resolve) => {
    const env = { PATH: `${join(process.execPath, "..")}:${process.env.PATH ?? ""}`, HOME: folder, VARLOCK_TELEMETRY_DISABLED: "true", NO_COLOR: "1" }
    const child = spawn(command, args, { cwd: folder, env, stdio: ["ignore", "pipe", "ignore"], timeout: TIMEOUT_MS })
    const parts: Buffer[] = []
    child.stdout.on("data", (chunk: Buffer) => parts.push(chunk))
    child.on("error", () => resolve(null))
    child.on("close", (code) => resolve(code === 0 ? Buffer.concat(parts) : null))
  })

const writerArgs = (leak: LeakClass, folder: string): string[] => {
  writeFileSync(join(folder, "writer.cjs"), WRITER)
  writeFileSync(join(folder, "writes.json"), JSON.stringify({ writes: leak.writes.map((write) => bytesOf(write).toString("base64")), gapMs: leak.gapMs ?? 5 }))
  return [join(folder, "writer.cjs"), join(folder, "writes.json")]
}

/** Double quotes, in the dialect that both peers read. */
const quoted = (value: string): string => `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`

const sotto: Contestant = {
  name: "Sotto",
  print: (leak, folder) =>
    filtered(leak, folder, () => {
      const filter = createRedactor(leak.values).filter()
      return { push: (chunk) => filter.push(chunk), end: () => filter.end() }
    }),
}

/** Chunk by chunk, as it is done by hand: text, and every value in one expression. */
const oneRegExp: Contestant = {
  name: "one RegExp",
  print: (leak, folder) =>
    filtered(leak, folder, () => {
      const longestFirst = leak.values.map(({ value }) => value).toSorted((a, b) => b.length - a.length)
      const pattern = new RegExp(longestFirst.map((value) => value.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|"), "g")
      return { push: (chunk) => Buffer.from(chunk.toString().replaceAll(pattern, "[REDACTED]")), end: () => Buffer.alloc(0) }
    }),
}

interface Filter {
  push(chunk: Buffer): Uint8Array
  end(): Uint8Array
}

const filtered = (leak: LeakClass, folder: string, open: () => Filter): Promise<Buffer | null> =>
  new Promise((resolve) => {
    const filter = open()
    const parts: Uint8Array[] = []
    const child = spawn(process.execPath, writerArgs(leak, folder), { stdio: ["ignore", "pipe", "ignore"], timeout: TIMEOUT_MS })
    child.stdout.on("data", (chunk: Buffer) => parts.push(Uint8Array.from(filter.push(chunk))))
    child.on("error", () => resolve(null))
    child.on("close", () => resolve(Buffer.concat([...parts, filter.end()])))
  })

const varlock: Contestant = {
  name: "varlock 1.20.0",
  print: (leak, folder) => {
    writeFileSync(join(folder, ".env.schema"), `# @defaultSensitive=true @defaultRequired=true\n# ---\n${leak.values.map(({ name }) => `${name}=\n`).join("")}`)
    writeFileSync(join(folder, ".env"), leak.values.map(({ name, value }) => `${name}=${quoted(value)}\n`).join(""))
    return run(folder, bin("varlock"), ["run", "--", process.execPath, ...writerArgs(leak, folder)])
  },
}

const dotenvx: Contestant = {
  name: "dotenvx 2.38.2",
  print: (leak, folder) => {
    writeFileSync(join(folder, ".env"), leak.values.map(({ name, value }) => `${name}=${quoted(value)}\n`).join(""))
    return run(folder, bin("dotenvx"), ["run", "--quiet", "--", process.execPath, ...writerArgs(leak, folder)])
  },
}

const install = (): void => {
  try {
    installPeers("peer-redaction", "varlock/package.json")
  } catch {
    console.error("the peers could not be installed: they are left out")
  }
}

const verdict = async (leak: LeakClass, { print }: Contestant): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-redaction-"))
  try {
    const output = await print(leak, folder)
    if (output === null) return "-"
    return leaksIn(output, leak).length > 0 ? "LEAKS" : "hidden"
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

install()
const contestants = [sotto, varlock, dotenvx, oneRegExp]
const hidden = new Map(contestants.map(({ name }) => [name, 0]))
const lines: string[] = []
for (const leak of LEAK_CLASSES) {
  const verdicts: string[] = []
  for (const contestant of contestants) {
    const result = await verdict(leak, contestant)
    verdicts.push(result)
    if (result === "hidden") hidden.set(contestant.name, (hidden.get(contestant.name) ?? 0) + 1)
  }
  lines.push(`| ${leak.title} | ${leak.citation} | ${verdicts.join(" | ")} |`)
}
console.log(`| what is printed | where it leaked | ${contestants.map(({ name }) => name).join(" | ")} |`)
console.log(`|---|---|${contestants.map(() => "---|").join("")}`)
console.log(lines.join("\n"))
console.log(`| **hidden, of ${LEAK_CLASSES.length}** | | ${contestants.map(({ name }) => `**${hidden.get(name)}**`).join(" | ")} |`)
