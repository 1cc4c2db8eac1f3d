import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openJobFolder, type JobFolder } from "../../../test/job-folder.ts"
import { compileJobs } from "./compile-jobs.ts"

const FILE = `version: v1
stages: [build, test, ship]
variables: {A: file, B: file, C: file, D: file}
default:
  target: linux
  image: busybox:1
  variables: {B: default, C: default, D: default}
.base:
  stage: test
  variables: {C: base, D: base}
  secrets: {X: {ref: env://X}, Y: {ref: env://Y}}
.more:
  extends: .base
  secrets: {Z: {ref: env://Z}}
ship: {stage: ship, script: [ship]}
unit:
  extends: .more
  script: [one, two]
  image: {name: node:24}
  variables: {D: job}
  secrets: {X: {ref: op://V/i/f, file: false, required: false}}
lint: {stage: test, script: [lint], needs: []}
build: {stage: build, script: [build]}
last: {stage: ship, script: [last], needs: [unit, lint, unit]}
`

describe("a compiled job file", () => {
  let folder: JobFolder
  beforeAll(() => {
    folder = openJobFolder()
  })
  afterAll(() => folder.remove())

  it("loom A16: has references as they are written, and asks nobody", async () => {
    const { jobs } = compileJobs(await folder.readText(FILE))
    const unit = jobs.find(({ name }) => name === "unit")
    expect(unit).toEqual({
      name: "unit",
      stage: "test",
      target: "linux",
      image: "node:24",
      after: ["build"],
      variables: { A: "file", B: "default", C: "base", D: "job" },
      secrets: [
        { name: "X", reference: "op://V/i/f", file: false, required: false },
        { name: "Y", reference: "env://Y", file: true, required: true },
        { name: "Z", reference: "env://Z", file: true, required: true },
      ],
      script: ["one", "two"],
    })
  })

  it("has jobs in the order of their stages, after what they need, else after all of earlier stages", async () => {
    const { jobs, stages, version, file } = compileJobs(await folder.readText(FILE))
    expect(jobs.map(({ name, after }) => [name, ...after])).toEqual([["build"], ["unit", "build"], ["lint"], ["ship", "build", "unit", "lint"], ["last", "unit", "lint"]])
    expect({ stages, version, file }).toEqual({ stages: ["build", "test", "ship"], version: "v1", file: ".sotto/jobs.yml" })
  })

  it("is limited to a job and what it needs by name, at any distance", async () => {
    const file = await folder.readText(FILE)
    const limited = (job: string): string[][] => compileJobs(file, job).jobs.map(({ name, after }) => [name, ...after])
    expect(limited("last")).toEqual([["unit"], ["lint"], ["last", "unit", "lint"]])
    expect(limited("ship")).toEqual([["ship"]])
    expect(() => compileJobs(file, "hunter2")).toThrow(expect.objectContaining({ code: "not_found", message: "the job file has no job of that name" }))
    expect(() => compileJobs(file, ".base")).toThrow(expect.objectContaining({ code: "not_found" }))
  })

  it("is the same every time, and for a file with CRLF or a byte order mark", async () => {
    const compiled = async (text: string): Promise<string> => JSON.stringify(compileJobs(await folder.readText(text)))
    const once = await compiled(FILE)
    expect(await compiled(FILE)).toBe(once)
    expect(await compiled(`\ufeff${FILE}`)).toBe(once)
    expect(await compiled(FILE.replaceAll("\n", "\r\n"))).toBe(once)
  })
})
