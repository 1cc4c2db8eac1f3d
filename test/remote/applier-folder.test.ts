import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statfsSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { once } from "node:events"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { parse } from "dotenv"
import { describe, expect, it } from "vitest"
import { allBelow, delivery, fakeApp, freshFolder, modeOf, openBench, type Bench, type FakeApp } from "./applier-bench.ts"

const text = (path: string): string => readFileSync(path, "utf8")
const TMPFS = 0x01021994
const hasMemory = existsSync("/dev/shm") && statfsSync("/dev/shm").type === TMPFS

const openFolder = (app: FakeApp = fakeApp()): Bench => openBench({ mode: "folder", mayBeOnDisk: !hasMemory }, { app, folder: freshFolder(hasMemory ? "/dev/shm" : undefined) })

describe("a delivery into a folder, one file for each secret", () => {
  it("writes exact bytes, 0600 in 0700, and the KEY_FILE variables beside them", async () => {
    const { applier, path } = openFolder()
    const values = { PEM: "-----BEGIN\r\nabc\0\n", EMPTY: "", "env": "a key of that name" }
    expect(await applier.apply(delivery(1, values))).toMatchObject({ added: ["PEM", "EMPTY", "env"], restarted: true })
    const variables = parse(text(join(path, "env")))
    expect(Object.keys(variables)).toEqual(["PEM_FILE", "EMPTY_FILE", "env_FILE"])
    expect(Object.fromEntries(Object.entries(values).map(([key]) => [key, text(variables[`${key}_FILE`] as string)]))).toEqual(values)
    expect(await applier.readVariables()).toEqual(new Map(Object.entries(variables)))
    expect([modeOf(path), modeOf(join(path, "secrets")), modeOf(join(path, "secrets", "PEM")), modeOf(join(path, "env"))]).toEqual(["700", "700", "600", "600"])
  })

  it("replaces all of it in one step, and the files of removed keys vanish", async () => {
    const { applier, path } = openFolder()
    await applier.apply(delivery(1, { A: "1", B: "2" }))
    const first = readlinkSync(join(path, "current"))
    expect(await applier.apply(delivery(2, { A: "3" }))).toMatchObject({ updated: ["A"], removed: ["B"] })
    const second = readlinkSync(join(path, "current"))
    expect(second).not.toBe(first)
    expect(allBelow(path)).toEqual([second, `${second}/env`, `${second}/secrets`, `${second}/secrets/A`, "current", "env", "secrets"])
    expect(readdirSync(join(path, "secrets"))).toEqual(["A"])
  })

  it("agents 37: the same again writes nothing", async () => {
    const { applier, path, app, again } = openFolder()
    await applier.apply(delivery(1, { A: "1" }))
    const first = readlinkSync(join(path, "current"))
    expect(await (await again()).apply(delivery(2, { A: "1" }))).toMatchObject({ unchanged: 1, restarted: false })
    expect([readlinkSync(join(path, "current")), app.calls]).toEqual([first, ["restart"]])
  })

  it.each<[string, (path: string) => void, object]>([
    ["a value", (path) => writeFileSync(join(path, "secrets", "A"), "9"), { updated: ["A"], restarted: true }],
    ["a file that is gone", (path) => rmSync(join(path, "secrets", "A")), { added: ["A"], restarted: true }],
    ["a file too many", (path) => writeFileSync(join(path, "secrets", "X"), "", { mode: 0o600 }), { removed: ["X"] }],
    ["loose permissions of a file", (path) => chmodSync(join(path, "secrets", "A"), 0o644), { unchanged: 1, restarted: false }],
    ["loose permissions of the folder", (path) => chmodSync(path, 0o755), { unchanged: 1, warnings: [{ key: null, code: "mode_tightened" }] }],
    ["variables", (path) => writeFileSync(join(path, "env"), "A_FILE=/etc/passwd\n"), { restarted: true }],
    ["a link that is gone", (path) => rmSync(join(path, "env")), { unchanged: 1 }],
    ["a link that leads elsewhere", (path) => {
      rmSync(join(path, "current"))
      symlinkSync("/etc", join(path, "current"))
    }, { added: ["A"] }],
    ["a folder in the place of a link", (path) => {
      rmSync(join(path, "current"))
      mkdirSync(join(path, "current", "secrets"), { recursive: true })
    }, { added: ["A"] }],
  ])("repairs %s", async (_what, damage, expected) => {
    const { applier, path } = openFolder()
    await applier.apply(delivery(1, { A: "1" }))
    damage(path)
    expect(await applier.apply(delivery(1, { A: "1" }))).toMatchObject(expected)
    expect([modeOf(path), text(join(path, "secrets", "A")), readdirSync(join(path, "secrets"))]).toEqual(["700", "1", ["A"]])
    expect([modeOf(join(path, "secrets", "A")), parse(text(join(path, "env")))]).toEqual(["600", { A_FILE: join(path, "secrets", "A") }])
  })

  it("loopstack C11: names what no file or variable can be called", async () => {
    const { applier, path } = openFolder()
    expect(await applier.apply(delivery(1, { "../A": "canary", ok: "1", "B\ud800": "x", C: "\ud800", ["L".repeat(300)]: "x" }))).toMatchObject({
      added: [],
      refused: [{ key: "../A", code: "not_a_variable_name" }, { key: "B\ud800", code: "not_a_variable_name" }, { key: "C", code: "unpaired_surrogate" }, { key: "L".repeat(300), code: "too_long" }],
    })
    expect(existsSync(path)).toBe(false)
  })

  it("takes everything away at the end of a lease, and leaves what is not its own", async () => {
    const { applier, path, app } = openFolder()
    await applier.apply(delivery(1, { A: "1" }))
    expect(await applier.wipe()).toMatchObject({ removed: ["A"], restarted: true })
    expect([existsSync(path), app.calls.length]).toEqual([false, 2])
    await applier.apply(delivery(2, { A: "1" }))
    writeFileSync(join(path, "mine"), "")
    await applier.wipe()
    expect(allBelow(path)).toEqual(["mine"])
  })

  it("leaves a folder that was there before it, empty", async () => {
    const { applier, path } = openFolder()
    mkdirSync(path, { recursive: true, mode: 0o700 })
    chmodSync(join(path, ".."), 0o700)
    await applier.apply(delivery(1, { A: "1" }))
    await applier.wipe()
    expect(allBelow(path)).toEqual([])
  })

  it("loopstack C14: where the app does not come back the old version is the current one again", async () => {
    const { applier, path } = openFolder(fakeApp((_program, call) => ({ exitCode: call === 2 ? 1 : 0 })))
    await applier.apply(delivery(1, { A: "1" }))
    const first = readlinkSync(join(path, "current"))
    expect(await applier.apply(delivery(2, { A: "2", B: "3" }))).toMatchObject({ isRestored: true, isAppBack: true })
    expect([readlinkSync(join(path, "current")), text(join(path, "secrets", "A")), readdirSync(path).length]).toEqual([first, "1", 4])
    expect(applier.state()).toMatchObject({ generation: 1, secrets: [{ key: "A", version: 1 }] })
  })

  it("refuses a folder that somebody filled, and a link", async () => {
    const { applier, path, folder } = openFolder()
    mkdirSync(path, { recursive: true, mode: 0o700 })
    writeFileSync(join(path, "mine"), "")
    chmodSync(join(folder, "app"), 0o700)
    await expect(applier.apply(delivery(1, { A: "1" }))).rejects.toMatchObject({ code: "already_exists" })
    rmSync(path, { recursive: true })
    symlinkSync("/dev/shm", path)
    await expect(applier.apply(delivery(1, { A: "1" }))).rejects.toMatchObject({ code: "unsafe_file" })
  })

  it.skipIf(statfsSync(tmpdir()).type === TMPFS)("is refused on a disk unless the target allows it", async () => {
    const { applier, path } = openBench({ mode: "folder" })
    await expect(applier.plan(delivery(1, { A: "1" }))).rejects.toMatchObject({ code: "not_supported", help: expect.stringContaining("mayBeOnDisk") as string })
    expect(existsSync(path)).toBe(false)
  })

  it("shows a reader that reads all the time only whole deliveries", async () => {
    const { applier, path } = openFolder()
    await applier.apply(delivery(1, { A: "1", B: "1" }))
    const reader = new Worker(READER, { eval: true, workerData: path })
    await once(reader, "message")
    for (let generation = 2; generation < 120; generation++) {
      await applier.apply(delivery(generation, generation % 2 === 0 ? { A: `${generation}`, B: `${generation}` } : { A: `${generation}` }, "never"))
    }
    reader.postMessage("end")
    const [{ whole, half }] = (await once(reader, "message")) as [{ whole: number; half: string[] }]
    expect(half).toEqual([])
    expect(whole).toBeGreaterThan(0)
  })
})

/** Reads one version after the other, and anew where one is gone before its end. */
const READER = `
const { parentPort, workerData, receiveMessageOnPort } = require("node:worker_threads")
const { readdirSync, readFileSync, realpathSync } = require("node:fs")
parentPort.postMessage("ready")
let whole = 0
const half = []
while (receiveMessageOnPort(parentPort) === undefined) {
  try {
    const version = realpathSync(workerData + "/current")
    const names = readFileSync(version + "/env", "utf8").split("\\n").slice(1, -1).map((line) => line.split("_FILE=")[0])
    const values = names.map((name) => readFileSync(version + "/secrets/" + name, "utf8"))
    const isWhole = new Set(values).size === 1 && values.length === (Number(values[0]) % 2 === 0 || values[0] === "1" ? 2 : 1)
    if (isWhole) whole++
    else half.push(names + " " + values)
  } catch (error) {
    if (error.code !== "ENOENT") half.push(String(error))
  }
}
parentPort.postMessage({ whole, half })
`
