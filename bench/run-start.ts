import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { spawn as spawnTerminal } from "@lydell/node-pty"
import { bundleCommandLine } from "../scripts/bundle-command-line.ts"
import { withFolder } from "./bench-store.ts"
import { installPeers } from "./install-peers.ts"
import { median, medianRatio } from "./measure.ts"
import { ratioAtMost, type BenchRow } from "./row.ts"

const ROOT = join(import.meta.dirname, "..")
const BIN = join(ROOT, "bin/sotto.js")
const ROUNDS = 31

/** Whole processes, in turns within each round: a command through `sotto run` beside `node -e 0` and the same through dotenvx. */
export const runRunBench = (): Promise<BenchRow[]> =>
  withFolder(async (home) => {
    await bundleCommandLine(ROOT)
    const dotenvx = installPeers("peer-redaction", "@dotenvx/dotenvx/src/cli/dotenvx.js")
    const env = { PATH: process.env.PATH ?? "", HOME: home, XDG_RUNTIME_DIR: home }
    const piped = (...args: string[]) => async (): Promise<number> => {
      const begun = performance.now()
      const { status } = spawnSync(process.execPath, args, { env, cwd: home, stdio: "ignore" })
      if (status !== 0) throw new Error(`a measured process ended with ${status}`)
      return performance.now() - begun
    }
    const onTerminal = (...args: string[]) => (): Promise<number> =>
      new Promise((resolve, reject) => {
        const begun = performance.now()
        const terminal = spawnTerminal(process.execPath, args, { env, cwd: home })
        terminal.onExit(({ exitCode }) => (exitCode === 0 ? resolve(performance.now() - begun) : reject(new Error(`a measured process ended with ${exitCode}`))))
      })
    await piped(BIN, "set", "A", "--generate")()
    const one = ["-e", "A=sotto://default/A"]
    const sides = [
      piped("-e", "0"),
      piped(BIN, "run", "--", "true"),
      onTerminal(BIN, "run", ...one, "--", "true"),
      piped(BIN, "run", ...one, "--", "true"),
      piped(dotenvx, "run", "--quiet", "--", "true"),
    ]
    const times: number[][] = sides.map(() => [])
    for (const side of sides) await side() // fills the compile cache
    for (let round = 0; round < ROUNDS; round++)
      for (let i = 0; i < sides.length; i++) {
        const turn = (round + i) % sides.length
        times[turn]?.push(await (sides[turn] as () => Promise<number>)())
      }
    const [node = [], bare = [], terminal = [], secret = [], peer = []] = times
    const row = (operation: string, own: number[], other: number[], against: string): BenchRow => ({
      operation, size: `${ROUNDS} starts`, unit: "ms", sotto: median(own), other: median(other), against, ratio: medianRatio(own, other),
    })
    return [
      { ...row("sotto run -- true", bare, node, "node -e 0"), limit: ratioAtMost(1.6) },
      { ...row("sotto run -- true", bare, peer, "dotenvx run -- true"), limit: ratioAtMost(1 / 3) },
      { ...row("sotto run, one secret, pseudo-terminal", terminal, node, "node -e 0"), limit: ratioAtMost(2.5) },
      row("sotto run, one secret", secret, node, "node -e 0"),
    ]
  })
