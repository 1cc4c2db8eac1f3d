import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { parse } from "dotenv"
import { describe, expect, it } from "vitest"
import { allBelow, delivery, fakeApp, identityOf, modeOf, openBench, type Bench } from "./applier-bench.ts"

const HAND_WRITTEN = "# mine\nPORT=3000\n\nexport GREETING='a b' # kept\n"
const text = (path: string): string => readFileSync(path, "utf8")

const withFile = (content: string | Uint8Array, options: Parameters<typeof openBench>[1] = {}): Bench => {
  const bench = openBench({ mode: "block" }, options)
  mkdirSync(dirname(bench.path), { mode: 0o700 })
  writeFileSync(bench.path, content, { mode: 0o600 })
  return bench
}

describe("a delivery into a block of a file that people write too", () => {
  it("loopstack C12: a hand-written variable stays byte for byte, and the secrets are updated", async () => {
    const { applier, path } = withFile(HAND_WRITTEN)
    expect(await applier.apply(delivery(1, { A: "1", B: "2" }))).toMatchObject({ added: ["A", "B"], warnings: [] })
    expect(await applier.apply(delivery(2, { A: "3", B: "2" }))).toMatchObject({ updated: ["A"], unchanged: 1 })
    expect(text(path).startsWith(HAND_WRITTEN)).toBe(true)
    expect(parse(text(path))).toEqual({ PORT: "3000", GREETING: "a b", A: "3", B: "2" })
    expect(await applier.readVariables()).toEqual(new Map([["A", "3"], ["B", "2"]]))
    expect(allBelow(dirname(path))).toEqual(["env"])
  })

  it.each([["with a line end", HAND_WRITTEN], ["without one", "PORT=3000"], ["of DOS", "PORT=3000\r\nB='x'\r\n"], ["that is empty", ""]])(
    "loopstack C12: the file %s is as it was once everything is taken away",
    async (_what, content) => {
      const { applier, path } = withFile(content)
      await applier.apply(delivery(1, { A: "1" }))
      expect(await applier.wipe()).toMatchObject({ removed: ["A"], restarted: true })
      expect(text(path)).toBe(content)
      expect(await applier.readVariables()).toEqual(new Map())
    },
  )

  it("agents 37: the same again writes nothing, whatever people wrote meanwhile before the block", async () => {
    const { applier, path, app } = withFile(HAND_WRITTEN)
    await applier.apply(delivery(1, { A: "1" }))
    writeFileSync(path, `NEW=1\n${text(path)}`)
    const before = identityOf(path)
    expect(await applier.apply(delivery(2, { A: "1" }))).toMatchObject({ unchanged: 1, restarted: false })
    expect([identityOf(path), app.calls]).toEqual([before, ["restart"]])
  })

  it("makes the file where there is none, and takes it away with its block", async () => {
    const { applier, path } = openBench({ mode: "block" })
    await applier.apply(delivery(1, { A: "1" }))
    expect([modeOf(path), parse(text(path))]).toEqual(["600", { A: "1" }])
    await applier.wipe()
    expect(existsSync(path)).toBe(false)
  })

  it("keeps a file that it made and that people wrote to", async () => {
    const { applier, path } = openBench({ mode: "block" })
    await applier.apply(delivery(1, { A: "1" }))
    writeFileSync(path, `PORT=1\n${text(path)}`)
    await applier.wipe()
    expect(text(path)).toBe("PORT=1\n")
  })

  it("loopstack C19: group and others lose their access, with a warning; the owner's permissions and the group stay", async () => {
    const { applier, path } = withFile(HAND_WRITTEN)
    chmodSync(path, 0o744)
    const isRoot = process.geteuid?.() === 0
    if (isRoot) chownSync(path, 0, 12345)
    expect(await applier.apply(delivery(1, { A: "1" }))).toMatchObject({ warnings: [{ key: null, code: "mode_tightened" }] })
    expect([modeOf(path), statSync(path).gid]).toEqual(["700", isRoot ? 12345 : statSync(dirname(path)).gid])
    chmodSync(path, 0o400)
    expect(await applier.apply(delivery(2, { A: "2" }))).toMatchObject({ warnings: [] })
    expect(modeOf(path)).toBe("400")
  })

  it("warns by name of a variable that people wrote too: the block's counts, theirs stays", async () => {
    const { applier, path } = withFile("A=old\nPORT=3000\n")
    expect(await applier.plan(delivery(1, { A: "1" }))).toMatchObject({ added: ["A"], warnings: [{ key: "A", code: "also_outside" }] })
    expect(await applier.apply(delivery(1, { A: "1" }))).toMatchObject({ warnings: [{ key: "A", code: "also_outside" }] })
    expect(text(path).startsWith("A=old\nPORT=3000\n")).toBe(true)
    expect(parse(text(path))).toEqual({ A: "1", PORT: "3000" })
  })

  it("takes the place behind a line that people put after the block, and restarts for what the app read instead", async () => {
    const { applier, path, app } = withFile("")
    await applier.apply(delivery(1, { A: "1" }))
    writeFileSync(path, `${text(path)}A=theirs\n`)
    expect(await applier.apply(delivery(1, { A: "1" }))).toMatchObject({ updated: ["A"], restarted: true })
    expect(text(path).startsWith("A=theirs\n")).toBe(true)
    expect([parse(text(path)), app.calls.length]).toEqual([{ A: "1" }, 2])
  })

  it.each([
    ["an open quote that would swallow the block", "not_supported", "X='open\n"],
    ["damaged marks", "invalid_argument", "# sotto begin: mine\n"],
    ["bytes that are no text", "unsafe_file", new Uint8Array([0x41, 0x3d, 0xff, 0x0a])],
  ])("refuses %s, and leaves the file as it is", async (_what, code, content) => {
    const { applier, path } = withFile(content)
    const before = identityOf(path)
    const error: unknown = await applier.apply(delivery(1, { A: "canary'\nend" })).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code, help: expect.stringMatching(/\w/) as string })
    expect(`${String(error)}${JSON.stringify(error)}`).not.toContain("canary")
    expect(identityOf(path)).toBe(before)
    expect(allBelow(dirname(path))).toEqual(["env"])
  })

  it("has no block in json", () => {
    expect(() => openBench({ mode: "block", format: "json" })).toThrow("a json file has no blocks")
  })

  it("loses no line that somebody saves while it works, at whatever moment", async () => {
    const { applier, path } = withFile("")
    for (let moment = 0; moment < 40; moment++) {
      const applied = applier.apply(delivery(moment + 1, { A: `${moment}` }, "never"))
      for (let i = 0; i < moment; i++) await Promise.resolve()
      writeFileSync(path, `LINE_${moment}=1\n${text(path)}`)
      await applied
    }
    const { A, ...lines } = parse(text(path))
    expect([A, Object.keys(lines)]).toEqual(["39", Array.from({ length: 40 }, (_, i) => `LINE_${39 - i}`)])
  })

  it("loopstack C14: where the app does not come back, lines that people wrote meanwhile stay, and the old block comes back", async () => {
    const app = fakeApp((_program, call) => {
      if (call === 2) writeFileSync(bench.path, `MEANWHILE=1\n${text(bench.path)}`)
      return { exitCode: call === 2 ? 1 : 0 }
    })
    const bench: Bench = withFile(HAND_WRITTEN, { app })
    await bench.applier.apply(delivery(1, { A: "1" }))
    const old = text(bench.path)
    expect(await bench.applier.apply(delivery(2, { A: "2" }))).toMatchObject({ isRestored: true, isAppBack: true })
    expect(text(bench.path)).toBe(`MEANWHILE=1\n${old}`)
    expect(allBelow(dirname(bench.path))).toEqual(["env"])
  })

  it("loopstack C14: where the first delivery fails the file is the hand-written one again, the same file", async () => {
    const bench = withFile(HAND_WRITTEN, { app: fakeApp((_program, call) => ({ exitCode: call === 1 ? 1 : 0 })) })
    const { ino } = statSync(bench.path)
    expect(await bench.applier.apply(delivery(1, { A: "1" }))).toMatchObject({ isRestored: true })
    expect([text(bench.path), statSync(bench.path).ino]).toEqual([HAND_WRITTEN, ino])
    expect(bench.applier.state().target).toBeNull()
  })
})
