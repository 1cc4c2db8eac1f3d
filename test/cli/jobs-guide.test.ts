import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ROOT } from "../architecture/manifest.ts"
import { openSotto, type Sotto } from "./sotto.ts"

describe("docs/guide/jobs.md", () => {
  let sotto: Sotto
  beforeAll(async () => {
    sotto = await openSotto()
  })
  afterAll(() => sotto.close())

  it("has an example that is right, and comes down to what it shows", async () => {
    const page = await readFile(join(ROOT, "docs/guide/jobs.md"), "utf8")
    const files = [...page.matchAll(/^`([^`]+)`:\n\n```yaml\n([\s\S]*?)```/gm)]
    expect(files.map(([, path]) => path)).toEqual([".sotto/jobs.yml", ".sotto/templates/node.yml"])
    for (const [, path = "", text = ""] of files) {
      const target = join(sotto.folder, "work", path)
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, text)
    }
    expect(await sotto.run(["jobs", "check"])).toEqual({ code: 0, stdout: "", stderr: expect.stringMatching(/^receipt: .*\njobs check passed\n$/) })
    const [, shown = ""] = /```json\n([\s\S]*?)```/.exec(page) ?? []
    expect(await sotto.json(["jobs", "compile", "--job", "deploy"])).toEqual(JSON.parse(shown))
  })

  it("says that sotto trust shows variables, references and commands, and it does", async () => {
    const script = '"a\\u001b[2Kb\\rc"'
    await writeFile(join(sotto.folder, "work", "other.yml"), `version: v1\nstages: [ci]\nvariables: {BASH_ENV: "./x\\u202e"}\nj: {stage: ci, target: linux, script: [${script}], secrets: {T: {ref: env://X}}}\n`)
    expect((await sotto.run(["trust", "--yes", "other.yml"])).stderr).toBe("j (ci, on this machine)\n  BASH_ENV=./x\\u{202e}\n  T in a file: env://X\n  $ a\\u{1b}[2Kb\\u{d}c\n")
  })
})
