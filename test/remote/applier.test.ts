import { execFileSync } from "node:child_process"
import { chmodSync, chownSync, existsSync, linkSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parse } from "dotenv"
import { describe, expect, it } from "vitest"
import { createApplier } from "../../src/remote/applier.ts"
import { allBelow, delivery, fakeApp, identityOf, modeOf, openBench } from "./applier-bench.ts"

const text = (path: string): string => readFileSync(path, "utf8")
const nothing = { added: [], updated: [], removed: [], refused: [], warnings: [], restarted: false, isAppBack: null, isRestored: false }

describe("a delivery into a file of its own", () => {
  it("writes exactly what the app's reader reads, under a first line that names the generation", async () => {
    const { applier, path } = openBench()
    const values = { URL: "postgres://a:b#c@h/d?x='1'", EMPTY: "", PEM: "-----BEGIN\nabc\n-----END\n" }
    const result = await applier.apply(delivery(3, values))
    expect(result).toEqual({ ...nothing, added: ["URL", "EMPTY", "PEM"], unchanged: 0, restarted: true, isAppBack: true })
    expect(parse(text(path))).toEqual(values)
    expect(text(path).split("\n")[0]).toBe("# Written by Sotto (generation 3). Changes made here are lost.")
    expect(await applier.readVariables()).toEqual(new Map(Object.entries(values)))
    expect(applier.state()).toMatchObject({ generation: 3, writtenIn: 3, secrets: [{ key: "URL", version: 3 }, { key: "EMPTY", version: 3 }, { key: "PEM", version: 3 }] })
  })

  it("loopstack C19: the file is 0600 in a folder of 0700, whatever the umask, and nothing stays beside it", async () => {
    const { applier, path } = openBench()
    await applier.apply(delivery(1, { A: "1" }))
    await applier.apply(delivery(2, { A: "2" }))
    expect([modeOf(path), modeOf(dirname(path))]).toEqual(["600", "700"])
    expect(allBelow(dirname(path))).toEqual(["env"])
  })

  it("keeps a state without values, 0600 in a folder of 0700", async () => {
    const { applier, stateFolder } = openBench()
    await applier.apply(delivery(1, { A: "canary-7f3a" }))
    await applier.apply(delivery(2, { A: "canary-7f3b" }))
    expect([modeOf(stateFolder), modeOf(join(stateFolder, "state.json"))]).toEqual(["700", "600"])
    const files = allBelow(stateFolder).filter((name) => !name.endsWith(".sock"))
    expect(files).toEqual(["state.json"])
    expect(files.map((name) => text(join(stateFolder, name))).join("")).not.toContain("canary")
  })

  it("agents 37: a plan lists names only and writes nothing", async () => {
    const { applier, folder, app, again } = openBench()
    const first = await applier.plan(delivery(1, { A: "canary-1" }))
    expect(first).toEqual({ ...nothing, added: ["A"], unchanged: 0 })
    expect(allBelow(folder)).toEqual([])
    await applier.apply(delivery(1, { A: "canary-1", B: "2", C: "3" }))
    const before = allBelow(folder).map((name) => identityOf(join(folder, name)))
    const plan = await applier.plan(delivery(2, { A: "canary-2", B: "2", D: "4" }))
    expect(plan).toEqual({ ...nothing, added: ["D"], updated: ["A"], removed: ["C"], unchanged: 1 })
    expect(JSON.stringify(plan)).not.toContain("canary")
    expect(allBelow(folder).map((name) => identityOf(join(folder, name)))).toEqual(before)
    expect(app.calls).toEqual(["restart"])
    await again()
  })

  it("agents 37: the same desired state writes nothing and restarts nothing, also as another generation and by another process", async () => {
    const { applier, path, app, again, stateFolder } = openBench()
    await applier.apply(delivery(1, { A: "1", B: "2" }))
    const before = identityOf(path)
    const stateBefore = identityOf(join(stateFolder, "state.json"))
    expect(await applier.apply(delivery(1, { A: "1", B: "2" }))).toEqual({ ...nothing, unchanged: 2 })
    expect(identityOf(join(stateFolder, "state.json"))).toBe(stateBefore)
    const later = await again()
    expect(await later.apply(delivery(5, { A: "1", B: "2" }))).toEqual({ ...nothing, unchanged: 2 })
    expect(identityOf(path)).toBe(before)
    expect(app.calls).toEqual(["restart"])
    expect(later.state()).toMatchObject({ generation: 5, writtenIn: 1, secrets: [{ key: "A", version: 5 }, { key: "B", version: 5 }] })
  })

  it("repairs what somebody edited, judged from the file itself", async () => {
    const { applier, path, app } = openBench()
    await applier.apply(delivery(1, { A: "1", B: "2" }))
    writeFileSync(path, "A=9\nX=1\n")
    expect(await applier.apply(delivery(1, { A: "1", B: "2" }))).toMatchObject({ added: ["B"], updated: ["A"], removed: ["X"], restarted: true })
    expect(parse(text(path))).toEqual({ A: "1", B: "2" })
    rmSync(path)
    expect(await applier.apply(delivery(1, { A: "1", B: "2" }))).toMatchObject({ added: ["A", "B"], restarted: true })
    expect(app.calls).toHaveLength(3)
  })

  it("repairs a comment, a byte of nonsense and loose permissions without a restart where the app reads the same", async () => {
    const { applier, path, app } = openBench()
    await applier.apply(delivery(1, { A: "1" }))
    const right = text(path)
    writeFileSync(path, `${right}# mine\n`)
    expect(await applier.apply(delivery(1, { A: "1" }))).toEqual({ ...nothing, unchanged: 1 })
    expect(text(path)).toBe(right)
    chmodSync(path, 0o644)
    expect(await applier.apply(delivery(1, { A: "1" }))).toEqual({ ...nothing, unchanged: 1, warnings: [{ key: null, code: "mode_tightened" }] })
    expect(modeOf(path)).toBe("600")
    writeFileSync(path, Buffer.concat([Buffer.from(right), Buffer.from([0x23, 0xff, 0x0a])]))
    await applier.apply(delivery(1, { A: "1" }))
    expect([text(path), app.calls]).toEqual([right, ["restart"]])
  })

  it("loopstack C11: where the format refuses one value nothing is written, and the result names key and code", async () => {
    const { applier, path, app } = openBench({ format: "docker" })
    await applier.apply(delivery(1, { A: "1" }))
    const before = identityOf(path)
    const result = await applier.apply(delivery(2, { A: "2", PEM: "canary\nlines", "NO NAME": "x" }))
    expect(result).toEqual({ ...nothing, unchanged: 0, refused: [{ key: "PEM", code: "line_feed" }, { key: "NO NAME", code: "not_a_variable_name" }] })
    expect(identityOf(path)).toBe(before)
    expect(applier.state().generation).toBe(1)
    expect(app.calls).toHaveLength(1)
  })

  it("loopstack C13: with the last secret gone the variable is gone from the file, and the app is restarted", async () => {
    const { applier, path, app } = openBench()
    await applier.apply(delivery(1, { A: "1" }))
    expect(await applier.apply(delivery(2, {}))).toEqual({ ...nothing, removed: ["A"], unchanged: 0, restarted: true, isAppBack: true })
    expect(parse(text(path))).toEqual({})
    expect(app.calls).toHaveLength(2)
  })

  it("restarts nothing where the delivery says never, or the target names no command", async () => {
    const { applier, app, again } = openBench()
    expect(await applier.apply(delivery(1, { A: "1" }, "never"))).toMatchObject({ added: ["A"], restarted: false, isAppBack: null })
    const other = await again({ restart: undefined } as never)
    expect(await other.apply(delivery(2, { A: "2" }))).toMatchObject({ updated: ["A"], restarted: false, isAppBack: null })
    expect(app.calls).toEqual([])
  })

  it("lets no second daemon work over the same state, and plans all the same", async () => {
    const { applier, path, stateFolder, app } = openBench()
    await applier.apply(delivery(1, { A: "1" }))
    const second = createApplier({ target: { format: "dotenv", mode: "file", path }, stateFolder, ...app })
    await expect(second.apply(delivery(2, { A: "2" }))).rejects.toMatchObject({ code: "already_exists", help: expect.stringContaining("state folder of its own") as string })
    await expect(second.recover()).rejects.toMatchObject({ code: "already_exists" })
    expect(await second.plan(delivery(2, { A: "2" }))).toMatchObject({ updated: ["A"] })
    await applier.close()
    expect(await second.apply(delivery(2, { A: "2" }))).toMatchObject({ updated: ["A"] })
    await second.close()
  })

  it("sweeps temporary files that nobody knows of any more, and nothing that is not its own", async () => {
    const { applier, path } = openBench()
    await applier.apply(delivery(1, { A: "1" }))
    writeFileSync(`${path}.sotto-0123456789ab.old`, "canary")
    writeFileSync(`${path}.sotto-mine`, "mine")
    expect(await applier.recover()).toEqual({ did: "swept", restarted: false, isAppBack: null, isRestored: false })
    expect(allBelow(dirname(path))).toEqual(["env", "env.sotto-mine"])
    expect(await applier.recover()).toMatchObject({ did: "nothing" })
  })

  it("lets two deliveries at once wait for each other", async () => {
    const { applier, path, app } = openBench()
    const results = await Promise.all([1, 2, 3].map((each) => applier.apply(delivery(each, { A: `${each}` }))))
    expect(results.map(({ added, updated }) => [added, updated])).toEqual([[["A"], []], [[], ["A"]], [[], ["A"]]])
    expect(parse(text(path))).toEqual({ A: "3" })
    expect(app.calls).toHaveLength(3)
  })

  it("goes on after a delivery that failed", async () => {
    const { applier, path } = openBench()
    mkdirSync(path, { recursive: true })
    await expect(applier.apply(delivery(1, { A: "1" }))).rejects.toMatchObject({ code: "unsafe_file" })
    rmSync(path, { recursive: true })
    expect(await applier.apply(delivery(1, { A: "1" }))).toMatchObject({ added: ["A"] })
  })

  it("takes away what it delivered at another path, or in another mode, before it goes on at this one", async () => {
    const { applier, path, again } = openBench()
    await applier.apply(delivery(1, { A: "1" }))
    const moved = await again({ path: `${path}2` })
    await moved.apply(delivery(2, { A: "1" }))
    expect([existsSync(path), parse(text(`${path}2`))]).toEqual([false, { A: "1" }])
    const block = await again({ path: `${path}2`, mode: "block" })
    await block.apply(delivery(3, { A: "1" }))
    expect(text(`${path}2`).match(/A=1/g)).toHaveLength(1)
    const file = await again({ path: `${path}2`, mode: "file" })
    await file.apply(delivery(4, { A: "1" }))
    expect(text(`${path}2`)).toBe("# Written by Sotto (generation 4). Changes made here are lost.\nA=1\n")
  })

  it("writes another format into the same file", async () => {
    const { applier, path, again } = openBench()
    await applier.apply(delivery(1, { A: "1" }))
    const json = await again({ format: "json" })
    await json.apply(delivery(2, { A: "1" }))
    expect(JSON.parse(text(path))).toEqual({ A: "1" })
  })
})

describe("the end of a lease", () => {
  it("deletes the file, restarts the app and says so, once", async () => {
    const { applier, path, app, stateFolder } = openBench()
    await applier.apply(delivery(4, { A: "1", B: "2" }))
    expect(await applier.wipe()).toEqual({ removed: ["A", "B"], restarted: true, isAppBack: true, isRestored: false })
    expect(allBelow(dirname(path))).toEqual([])
    expect(applier.state()).toMatchObject({ generation: 4, target: null, secrets: [], isWiped: true })
    expect(await applier.wipe()).toEqual({ removed: [], restarted: false, isAppBack: null, isRestored: false })
    expect(app.calls).toHaveLength(2)
    expect(await applier.readVariables()).toEqual(new Map())
    expect(allBelow(stateFolder).filter((name) => !name.endsWith(".sock"))).toEqual(["state.json"])
    expect(await applier.apply(delivery(5, { A: "1" }))).toMatchObject({ added: ["A"], restarted: true })
    expect(applier.state()).toMatchObject({ isWiped: false })
  })
  it("keeps the secret away although the app does not come back without it", async () => {
    const { applier, path } = openBench({}, { app: fakeApp((_program, call) => ({ exitCode: call === 1 ? 0 : 1 })) })
    await applier.apply(delivery(1, { A: "1" }))
    expect(await applier.wipe()).toMatchObject({ removed: ["A"], isAppBack: false, isRestored: false })
    expect(existsSync(path)).toBe(false)
  })
  it("deletes nothing that was not delivered", async () => {
    const { applier, path } = openBench()
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, "MINE=1\n")
    expect(await applier.wipe()).toMatchObject({ removed: [] })
    expect(text(path)).toBe("MINE=1\n")
  })
})

describe("a place that is not safe is refused, and stays as it was", () => {
  it.each<[string, string, RegExp, (path: string, folder: string) => void]>([
    ["a file that somebody wrote by hand", "already_exists", /did not write it/, (path) => writeFileSync(path, "MINE=1\n")],
    ["a link", "unsafe_file", /is a link/, (path, folder) => symlinkSync(join(folder, "elsewhere"), path)],
    ["a folder", "unsafe_file", /no plain file/, (path) => mkdirSync(path)],
    ["a file in the place of the folder", "unsafe_file", /is no folder/, (path) => {
      rmSync(dirname(path), { recursive: true })
      writeFileSync(dirname(path), "")
    }],
    ["a pipe", "unsafe_file", /no plain file/, (path) => void execFileSync("mkfifo", [path])],
    ["a folder that others may write to", "unsafe_file", /can be changed by other users/, (path) => chmodSync(dirname(path), 0o770)],
    ["a folder above it that others may write to", "unsafe_file", /can be changed by other users/, (_path, folder) => chmodSync(folder, 0o777)],
    ["a link into a folder that others may write to", "unsafe_file", /can be changed by other users/, (path, folder) => {
      rmSync(dirname(path), { recursive: true })
      mkdirSync(join(folder, "loose"))
      chmodSync(join(folder, "loose"), 0o777)
      symlinkSync(join(folder, "loose"), dirname(path))
    }],
  ])("%s", async (_what, code, message, arrange) => {
    const { applier, path, folder, app } = openBench()
    mkdirSync(dirname(path), { mode: 0o700 })
    arrange(path, folder)
    const before = allBelow(folder)
    for (const each of [applier.plan(delivery(1, { A: "canary" })), applier.apply(delivery(1, { A: "canary" }))]) {
      const error = await each.catch((thrown: unknown) => thrown as Error & { help?: string })
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string, help: expect.stringMatching(/\w/) as string })
      expect(JSON.stringify(error)).not.toContain("canary")
    }
    chmodSync(folder, 0o700)
    expect(allBelow(folder).filter((name) => !name.startsWith("state"))).toEqual(before)
    expect(app.calls).toEqual([])
  })

  it("a file of the daemon's that got a second name", async () => {
    const { applier, path, folder } = openBench()
    await applier.apply(delivery(1, { A: "1" }))
    linkSync(path, join(folder, "second"))
    await expect(applier.apply(delivery(2, { A: "2" }))).rejects.toMatchObject({ code: "unsafe_file", message: expect.stringContaining("hard link") as string })
    rmSync(join(folder, "second"))
    rmSync(path)
    symlinkSync("/etc/passwd", path)
    await expect(applier.apply(delivery(2, { A: "2" }))).rejects.toMatchObject({ code: "unsafe_file", message: expect.stringContaining("is a link") as string })
    expect(lstatSync("/etc/passwd").nlink).toBe(1)
  })

  // Only root can give a file away.
  it.skipIf(process.geteuid?.() !== 0).each<[string, (path: string) => string]>([["a file", (path) => path], ["a folder", dirname]])("%s of another user", async (_what, whose) => {
    const { applier, path, again } = openBench({ mode: "block" })
    mkdirSync(dirname(path), { mode: 0o700 })
    writeFileSync(path, "MINE=1\n", { mode: 0o600 })
    chownSync(whose(path), 12345, 12345)
    await expect(applier.apply(delivery(1, { A: "1" }))).rejects.toMatchObject({ code: "unsafe_file", message: expect.stringMatching(/another user|other users/) as string })
    expect(text(path)).toBe("MINE=1\n")
    await again()
  })

  it("a folder that is sticky is safe although others may write to it", async () => {
    const { applier, path } = openBench()
    mkdirSync(dirname(path))
    chmodSync(dirname(path), 0o1777)
    await applier.apply(delivery(1, { A: "1" }))
    expect(parse(text(path))).toEqual({ A: "1" })
  })

  it("a link of one's own in a safe folder is followed", async () => {
    const { applier, path, folder } = openBench()
    mkdirSync(join(folder, "real"), { mode: 0o700 })
    symlinkSync("real", dirname(path))
    await applier.apply(delivery(1, { A: "1" }))
    expect(parse(text(join(folder, "real", "env")))).toEqual({ A: "1" })
  })

  it("a state folder that others may read", async () => {
    const { applier, stateFolder } = openBench()
    mkdirSync(stateFolder)
    chmodSync(stateFolder, 0o755)
    await expect(applier.apply(delivery(1, { A: "1" }))).rejects.toMatchObject({ code: "unsafe_file", help: expect.stringContaining("chmod 700") as string })
  })

  it("a state that is not the daemon's", async () => {
    const { applier, stateFolder } = openBench()
    await applier.apply(delivery(1, { A: "1" }))
    writeFileSync(join(stateFolder, "state.json"), '{"v":1,"generation":"canary"}')
    const error: unknown = await applier.apply(delivery(2, { A: "1" })).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: "unsafe_file" })
  })
})
