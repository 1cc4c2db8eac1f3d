import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { createApplier, type Applier } from "../../src/remote/applier.ts"
import { allBelow } from "../remote/applier-bench.ts"
import {
  crashApp, crashDelivery, crashTarget, HAND_WRITTEN, lastStart, memoryFolder, NEW, OLD, othersAlone, readAsApp, withOthers, type CrashMode,
} from "./applier-crash.ts"

/** `npm run test:kill` plays every moment; every run plays some. */
const ROUNDS = Number(process.env.SOTTO_KILL_ROUNDS ?? 3)
const child = fileURLToPath(new URL("./applier-child.ts", import.meta.url))

type Act = "good" | "bad" | "wipe"
interface Round {
  folder: string
  mode: CrashMode
  act: Act
}

const openApplier = ({ folder, mode }: Round): Applier => createApplier({ ...crashTarget(folder, mode), run: crashApp(folder, mode), sleep: async () => {} })

/** The old is delivered, and the app runs with it. */
const play = async <T>(mode: CrashMode, act: Act, work: (round: Round) => Promise<T>): Promise<T> => {
  const round = { folder: mkdtempSync(join(memoryFolder() ?? tmpdir(), "sotto-kill-")), mode, act }
  try {
    if (mode === "block") {
      mkdirSync(join(round.folder, "app"), { mode: 0o700 })
      writeFileSync(join(round.folder, "app", "env"), HAND_WRITTEN, { mode: 0o600 })
    }
    const applier = openApplier(round)
    await applier.apply(crashDelivery("old"))
    await applier.close()
    return await work(round)
  } finally {
    rmSync(round.folder, { recursive: true })
  }
}

/** Kills the daemon before that call; 0 lets it live. @returns the calls that it had begun */
const runAndKill = async ({ folder, mode, act }: Round, at: number): Promise<string[]> => {
  const env = { ...process.env, KILL_FOLDER: folder, KILL_MODE: mode, KILL_ACT: act, KILL_AT: String(at) }
  const victim = spawn(process.execPath, ["--no-warnings", child], { env, stdio: ["ignore", "pipe", "inherit"] })
  let printed = ""
  victim.stdout.setEncoding("utf8").on("data", (part: string) => void (printed += part))
  const [exitCode, signal] = (await once(victim, "close")) as [number | null, string | null]
  expect([exitCode, signal]).toEqual(at === 0 ? [0, null] : [null, "SIGKILL"])
  return printed.trim().split("\n")
}

const createCalls = (mode: CrashMode): ((act: Act) => Promise<string[]>) => {
  const known = new Map<Act, Promise<string[]>>()
  return (act) => {
    const calls = known.get(act) ?? play(mode, act, (round) => runAndKill(round, 0))
    known.set(act, calls)
    return calls
  }
}

/** What a reader may find at any moment. */
const expectWhole = ({ folder, mode }: Round): void => {
  const allowed = [withOthers(mode, OLD), withOthers(mode, NEW), withOthers(mode, { ...NEW, BROKEN: "1" }), othersAlone(mode)]
  expect(allowed).toContainEqual(readAsApp(folder, mode))
}

/** The app runs with what stands there, and nothing lies about. */
const expectEnded = ({ folder, mode }: Round): void => {
  expect(lastStart(folder)).toEqual(readAsApp(folder, mode))
  expect(allBelow(join(folder, "state")).filter((name) => !name.endsWith(".sock"))).toEqual(["state.json"])
  const names = allBelow(join(folder, "app")).map((name) => name.replace(/[0-9a-f]{12}/, "ID"))
  const isFolderThere = mode === "folder" && readAsApp(folder, mode) !== null
  const expected = isFolderThere ? ["env", "env/.sotto-ID", "env/current", "env/env", "env/secrets"] : readAsApp(folder, mode) === null ? [] : ["env"]
  expect(names.filter((name) => !name.startsWith("env/.sotto-ID/"))).toEqual(expected)
}

/** A later process ends it: first alone, then with the same order once more. */
const expectRecovery = async (round: Round): Promise<void> => {
  const { folder, mode, act } = round
  expectWhole(round)
  const applier = openApplier(round)
  await applier.recover()
  expectEnded(round)
  if (act === "bad") expect(readAsApp(folder, mode)).toEqual(withOthers(mode, OLD))
  if (act === "wipe") await applier.wipe()
  else await applier.apply(crashDelivery(act))
  expectEnded(round)
  expect(readAsApp(folder, mode)).toEqual(act === "good" ? withOthers(mode, NEW) : act === "bad" ? withOthers(mode, OLD) : othersAlone(mode))
  expect(applier.state()).toMatchObject(act === "good" ? { generation: 2 } : act === "bad" ? { generation: 1 } : { isWiped: true, target: null })
  if (mode === "block") expect(readFileSync(join(folder, "app", "env"), "utf8").startsWith(HAND_WRITTEN)).toBe(true)
  await applier.close()
}

const MODES = ["file", "block", "folder"] as const

describe.each(MODES)("kill -9 of a daemon in mode %s", (mode) => {
  const callsOf = createCalls(mode)
  const moment = async (act: Act, isIt: (call: string, index: number, all: string[]) => boolean): Promise<number> => {
    const calls = await callsOf(act)
    const index = calls.findIndex(isIt)
    expect(index).toBeGreaterThan(-1)
    return index + 1
  }
  const isReplacing = (call: string): boolean => call.startsWith("renameSync") && /\.(?:new|link) .*\/(?:env|current)$/.test(call)

  it("agents 42: between the temporary file and the rename the old is intact, and the next delivery repairs", async () => {
    const at = await moment("good", isReplacing)
    await play(mode, "good", async (round) => {
      await runAndKill(round, at)
      expect(readAsApp(round.folder, mode)).toEqual(withOthers(mode, OLD))
      const applier = openApplier(round)
      expect(await applier.recover()).toMatchObject({ did: "undone", restarted: false })
      await applier.close()
      expectEnded(round)
      await expectRecovery(round)
    })
  })

  it("agents 42: between the rename and the restart the app is restarted all the same", async () => {
    const at = await moment("good", (call) => call === "restart")
    await play(mode, "good", async (round) => {
      await runAndKill(round, at)
      expect([readAsApp(round.folder, mode), lastStart(round.folder)]).toEqual([withOthers(mode, NEW), withOthers(mode, OLD)])
      const applier = openApplier(round)
      expect(await applier.apply(crashDelivery("good"))).toMatchObject({ added: [], updated: [], removed: [], restarted: true, isAppBack: true })
      await applier.close()
      await expectRecovery(round)
    })
  })

  it("loopstack C14: between the restart and the way back the way back is gone to its end", async () => {
    const at = await moment("bad", (call, index, all) => all.slice(0, index).includes("restart") && /\.old /.test(call) && call.startsWith("renameSync"))
    await play(mode, "bad", async (round) => {
      await runAndKill(round, at)
      expect(readAsApp(round.folder, mode)).toEqual(withOthers(mode, { ...NEW, BROKEN: "1" }))
      const applier = openApplier(round)
      expect(await applier.recover()).toMatchObject({ did: "restored", restarted: true, isAppBack: true })
      await applier.close()
      await expectRecovery(round)
    })
  })

  it.each(["good", "bad", "wipe"] as const)(`at ${ROUNDS} moments of an order that is %s leaves nothing half done`, async (act) => {
    const { length } = await callsOf(act)
    const step = Math.max(1, length / ROUNDS)
    for (let at = Math.random() * step; at < length; at += step) {
      await play(mode, act, async (round) => {
        const calls = await runAndKill(round, Math.floor(at) + 1)
        try {
          await expectRecovery(round)
        } catch (cause) {
          throw new Error(`killed before call ${calls.length} of ${length}: ${calls.at(-1) ?? ""}`, { cause })
        }
      })
    }
  }, 60_000 + ROUNDS * 5_000)
})
