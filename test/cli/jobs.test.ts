import { spawnSync, type SpawnSyncReturns } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { JobGraph } from "../../src/runner/jobs/graph.ts"
import { ROOT } from "../architecture/manifest.ts"
import { openSotto, type Sotto } from "./sotto.ts"

const VALUE = "s3cr3t-VALUE-9"

const job = (secrets: string, more = ""): string => `version: v1\nstages: [ci]\n${more}j:\n  stage: ci\n  target: linux\n  secrets: ${secrets}\n  script:\n    - test -n "$T"\n`

let sotto: Sotto
let project = ""
beforeAll(async () => {
  sotto = await openSotto()
})
afterAll(() => sotto.close())
beforeEach(() => {
  project = mkdtempSync(join(sotto.folder, "project-"))
})

const write = (path: string, text: string): void => {
  mkdirSync(join(project, dirname(path)), { recursive: true })
  writeFileSync(join(project, path), text)
}

const run = (args: readonly string[], env: Record<string, string> = {}, folder = "."): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [sotto.main, ...args], { cwd: join(project, folder), env: { ...sotto.env, ...env }, encoding: "utf8" })

describe("sotto jobs check", () => {
  it("loom A1: says on stderr that a file is right, nothing on stdout, and ends with 0", () => {
    write(".sotto/jobs.yml", job("{T: {ref: env://X}}"))
    expect(run(["jobs", "check"])).toMatchObject({ status: 0, stdout: "", stderr: "jobs check passed\n" })
    expect(JSON.parse(run(["jobs", "check", "--json"]).stdout)).toEqual({ file: ".sotto/jobs.yml", valid: true, errors: [], warnings: [] })
  })

  it("loom A2, A8, A9: says every fault on stderr, repeats no value, and ends with 1", () => {
    write(".sotto/jobs.yml", job("{T: {ref: env://X, password: hunter2}, U: {ref: vault://hunter2}}", "default: {secrets: {}}\n"))
    const { status, stdout, stderr } = run(["jobs", "check"])
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" })
    expect(stderr.split("\n")).toEqual([
      "SCHEMA_V1 /default/secrets: move secrets to a job; default.secrets is not allowed (.sotto/jobs.yml:3)",
      "SCHEMA_V1 /j/secrets/T: remove the unknown key; there are ref, file, required (.sotto/jobs.yml:7)",
      "SCHEMA_V1 /j/secrets/U/ref: begin ref with the scheme of a provider, such as env:// (SECRETS_REF_INVALID: unknown_scheme) (.sotto/jobs.yml:7)",
      "jobs check failed",
      "",
    ])
    const { errors, valid } = JSON.parse(run(["jobs", "check", "--json"]).stdout) as { errors: string[]; valid: boolean }
    expect([valid, ...errors]).toEqual([false, ...stderr.split("\n").slice(0, 3)])
  })

  it("says warnings, and passes", () => {
    write(".sotto/jobs.yml", job("{T: {ref: env://X, file: false}}").replace("test -n", "set -x; test -n"))
    const { status, stderr } = run(["jobs", "check"])
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^warning \/j\/script\/0: take the trace out.*\njobs check passed\n$/)])
  })

  it("finds the file here or above, the original's where only that is there, and takes any other by name", () => {
    expect(run(["jobs", "check"])).toMatchObject({ status: 3, stdout: "" })
    write(".loom/workflow.yml", job("{}"))
    write("sub/other.yml", job("{}").replace("v1", "v2"))
    expect(JSON.parse(run(["jobs", "check", "--json"], {}, "sub").stdout)).toMatchObject({ file: ".loom/workflow.yml", valid: true })
    expect(run(["jobs", "check", "--file", "other.yml"], {}, "sub").stderr).toContain("SCHEMA_V1 /version: set version to v1 (other.yml:1)")
    expect(JSON.parse(run(["jobs", "check", "--json", "--file", "../.loom/workflow.yml"], {}, "sub").stdout)).toMatchObject({ file: ".loom/workflow.yml" })
    expect(run(["jobs", "check", "--file", "none.yml"])).toMatchObject({ status: 3, stdout: "" })
  })
})

describe("sotto jobs compile", () => {
  it("loom A16: prints references, whatever their variables hold, and asks no provider", () => {
    write(".sotto/jobs.yml", job("{T: {ref: env://X}, U: {ref: op://V/i/f}, W: {ref: sotto://acme/W}}"))
    for (const env of [{}, { X: VALUE }]) {
      const { status, stdout } = run(["jobs", "compile"], env)
      expect([status, stdout.includes(VALUE)]).toEqual([0, false])
      expect((JSON.parse(stdout) as JobGraph).jobs.map(({ name, secrets }) => [name, ...secrets.map(({ reference }) => reference)])).toEqual([["j", "env://X", "op://V/i/f", "sotto://acme/W"]])
    }
  })

  it("takes one job and what it needs, and says where there is none of that name", () => {
    write(".sotto/jobs.yml", `${job("{}")}k: {stage: ci, target: linux, script: [x], needs: [j]}\nl: {stage: ci, target: linux, script: [x]}\n`)
    expect((JSON.parse(run(["jobs", "compile", "--job", "k"]).stdout) as JobGraph).jobs.map(({ name, after }) => [name, ...after])).toEqual([["j"], ["k", "j"]])
    expect(run(["jobs", "compile", "--job", "hunter2"])).toMatchObject({ status: 3, stdout: "", stderr: "error: the job file has no job of that name\nhelp: It has j, k, l.\n" })
  })

  it("prints no graph of a file with faults", () => {
    write(".sotto/jobs.yml", job("{T: {}}"))
    const { status, stdout, stderr } = run(["jobs", "compile"])
    expect([status, stdout]).toEqual([12, ""])
    expect(stderr).toContain("SCHEMA_V1 /j/secrets/T: add ref")
  })
})

describe("sotto trust with a job file", () => {
  it("shows references, variables and scripts, and what would hide there", () => {
    write(".sotto/jobs.yml", job("{T: {ref: env://X}, U: {ref: env://Y, required: false}}", 'variables: {A: "b\\u202ec"}\n').replace('- test -n "$T"', '- |\n      first\n      second\n    - "a\\u001b[2Kb\\rc"'))
    const { status, stderr, stdout } = run(["trust", "--yes"])
    expect(stderr.split("\n")).toEqual(["  j", "    A=b\\u{202e}c", "    T  env://X", "    U (may be missing)  env://Y", "    $ first", "    > second", "    $ a\\u{1b}[2Kb\\u{d}c", ""])
    expect([status, stdout]).toEqual([0, ".sotto/jobs.yml is trusted as it is now.\n"])
  })

  it("asks again when the file or an include of it changes, from whatever folder", () => {
    write(".sotto/jobs.yml", job("{T: {ref: env://X, file: false}}", "include: [{local: .sotto/templates/a.yml}]\n"))
    write(".sotto/templates/a.yml", ".t: {}\n")
    write("sub/x", "")
    const started = (folder = "."): number | null => run(["run", "--job", "j", "--", "true"], { X: VALUE }, folder).status
    expect(started()).toBe(125)
    expect(run(["trust", "--yes", "../.sotto/jobs.yml"], {}, "sub").stderr).toContain("includes ../.sotto/templates/a.yml")
    expect([started(), started("sub")]).toEqual([0, 0])
    write(".sotto/templates/a.yml", ".t: {variables: {A: b}}\n")
    expect(started()).toBe(125)
    expect(run(["trust", "--yes"]).status).toBe(0)
    expect(started()).toBe(0)
    expect(run(["trust", "--revoke"]).stdout).toBe(".sotto/jobs.yml is no longer trusted.\n")
    expect(started()).toBe(125)
  })

  it("takes the file of references and the job file where none is named, and none of them where one is faulty", () => {
    write(".sotto/env", "T=env://X\n")
    write(".sotto/jobs.yml", job("{T: {}}"))
    expect(run(["trust", "--yes"]).status).toBe(12)
    expect(run(["trust", "--list"]).stdout).not.toContain(project)
    write(".sotto/jobs.yml", job("{T: {ref: env://X}}"))
    const both = JSON.parse(run(["trust", "--yes", "--json"]).stdout) as { path: string; references?: unknown[]; jobs?: unknown[] }[]
    expect(both).toEqual([expect.objectContaining({ path: join(project, ".sotto/env"), references: [{ name: "T", reference: "env://X", required: true }] }), expect.objectContaining({ path: join(project, ".sotto/jobs.yml"), jobs: [expect.objectContaining({ name: "j" })] })])
    expect(JSON.parse(run(["trust", "--yes", "--json", ".sotto/env"]).stdout)).toMatchObject({ path: join(project, ".sotto/env") })
  })
})

describe("the secrets of a job", () => {
  const SHOW = ["--", "sh", "-c", 'printenv A B; test -f "$A" && echo A is a file; test -f "$B" || echo B is none']

  it("are handed to a command as the job wants them, unless an option says otherwise", () => {
    write(".sotto/jobs.yml", job("{A: {ref: env://X}, B: {ref: env://X, file: false}, C: {ref: env://NOBODY, required: false}}"))
    const said = (...options: string[]): string[] => run(["run", "--job", "j", "--trust", ...options, ...SHOW], { X: VALUE }).stdout.split("\n").slice(1, -1)
    expect(said()).toEqual(["[REDACTED:SECRET_A]", "A is a file", "B is none"])
    expect(said("--env")).toEqual(["[REDACTED:SECRET_A]", "B is none"])
    expect(said("--file").slice(-1)).toEqual(["A is a file"])
    expect(run(["run", "--job", "nobody", "--trust", "--", "true"]).stderr).toContain("the job file has no job of that name")
  })

  it("are checked without being shown, once the file is trusted", () => {
    write(".sotto/jobs.yml", `${job("{A: {ref: env://X}, B: {ref: env://NOBODY, required: false}, C: {ref: env://NOBODY}}")}k: {stage: ci, target: linux, script: [x], secrets: {D: {ref: env://X}}}\n`)
    expect(run(["secrets", "check", "--job", "j"], { X: VALUE })).toMatchObject({ status: 11, stdout: "" })
    run(["trust", "--yes"])
    const { status, stdout, stderr } = run(["secrets", "check", "--job", "j", "--json"], { X: VALUE })
    expect([status, (JSON.parse(stdout) as { name: string; state: string }[]).map(({ name, state }) => `${name} ${state}`)]).toEqual([1, ["A resolved", "B skipped", "C failed"]])
    expect(stdout + stderr).not.toContain(VALUE)
    expect(run(["secrets", "check", "--job", "k", "--allow", "op://*"], { X: VALUE }).status).toBe(11)
  })
})

describe("docs/guide/jobs.md", () => {
  it("has an example that is right, and comes down to what it shows", () => {
    const page = readFileSync(join(ROOT, "docs/guide/jobs.md"), "utf8")
    const [files, graph] = [[...page.matchAll(/^`([^`]+)`:\n\n```yaml\n([\s\S]*?)```/gm)], /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? ""]
    expect(files.map(([, path]) => path)).toEqual([".sotto/jobs.yml", ".sotto/templates/node.yml"])
    for (const [, path = "", text = ""] of files) write(path, text)
    expect(run(["jobs", "check"])).toMatchObject({ status: 0, stderr: "jobs check passed\n" })
    expect(JSON.parse(run(["jobs", "compile", "--job", "deploy"]).stdout)).toEqual(JSON.parse(graph))
  })
})
