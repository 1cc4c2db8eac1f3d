import { execFileSync } from "node:child_process"
import { mkdirSync, readFileSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openJobFolder, type JobFolder } from "../../../test/job-folder.ts"

/** A file with one job `j`, and what is said of it. */
const file = (job = "", root = ""): string => `version: v1\nstages: [ci, late]\n${root}j:\n  stage: ci\n  target: linux\n  script: [echo hi]\n${job}`
const secrets = (...lines: string[]): string => `  secrets:\n${lines.map((line) => `    ${line}\n`).join("")}`

describe("a job file", () => {
  let folder: JobFolder
  beforeAll(() => {
    folder = openJobFolder()
  })
  afterAll(() => folder.remove())

  const errors = (text: string): Promise<string[]> => folder.errorsOf(text)

  it("loom A1: is right with a job that takes a secret", async () => {
    const { jobs, stages, warnings, file: name, files } = await folder.readText(file(secrets("T: {ref: env://X}")))
    expect(jobs.map((job) => [job.name, job.secrets.get("T")?.value])).toEqual([["j", { name: "T", reference: "env://X", file: true, required: true }]])
    expect({ stages, warnings, name }).toEqual({ stages: ["ci", "late"], warnings: [], name: ".sotto/jobs.yml" })
    expect(files).toEqual([{ path: join(folder.root, ".sotto/jobs.yml"), bytes: new Uint8Array(readFileSync(join(folder.root, ".sotto/jobs.yml"))) }])
  })

  it("loom A2: has no secrets in default", async () => {
    expect(await errors(file("", "default: {secrets: {T: {ref: env://X}}}\n"))).toEqual(["SCHEMA_V1 /default/secrets: move secrets to a job; default.secrets is not allowed (.sotto/jobs.yml:3)"])
  })

  it("loom A3: has no name that is a variable and a secret", async () => {
    expect(await errors(file(`  variables: {T: x}\n${secrets("T: {ref: env://X}")}`))).toEqual(["SCHEMA_V1 /j/secrets/T: remove T from either variables or secrets (.sotto/jobs.yml:9)"])
  })

  it("loom A4: has none either once templates, default and the file's variables are merged", async () => {
    const own = secrets("T: {ref: env://X}")
    const fault = "remove T from either variables or secrets"
    expect(await errors(file(`  extends: .t\n${own}.t: {variables: {T: x}}\n`))).toEqual([`SCHEMA_V1 /j/secrets/T: ${fault} (.sotto/jobs.yml:9)`])
    expect(await errors(file(`  extends: .t\n  variables: {T: x}\n.t: {secrets: {T: {ref: env://X}}}\n`))).toEqual([`SCHEMA_V1 /j/variables/T: ${fault} (.sotto/jobs.yml:8)`])
    expect(await errors(file(own, "variables: {T: x}\n"))).toHaveLength(1)
    expect(await errors(file(own, "default: {variables: {T: x}}\n"))).toHaveLength(1)
  })

  it("loom A5: names secrets as variables are named, and none that a shell takes orders from", async () => {
    for (const name of ["api_token", "1TOKEN", '"A B"', '""', "Ä"]) expect(await errors(file(secrets(`${name}: {ref: env://X}`)))).toEqual([expect.stringContaining("SCHEMA_V1 /j/secrets: name the variable")])
    for (const name of ["PATH", "LD_PRELOAD", "NODE_OPTIONS", "LOOM_X", "SOTTO_TOKEN"])
      expect(await errors(file(secrets(`${name}: {ref: env://X}`)))).toEqual([expect.stringContaining(`SCHEMA_V1 /j/secrets/${name}: give the secret another name`)])
  })

  it("loom A6: says of each secret where it is", async () => {
    expect(await errors(file(secrets("T: {}")))).toEqual([expect.stringMatching(/^SCHEMA_V1 \/j\/secrets\/T: add ref/)])
    for (const spec of ["{ref: }", '{ref: ""}', "{ref: 7}", "{ref: [env://X]}"]) expect(await errors(file(secrets(`T: ${spec}`)))).toEqual([expect.stringContaining("SCHEMA_V1 /j/secrets/T/ref: set ref to a reference")])
    for (const spec of ["env://X", "", "[a]"]) expect(await errors(file(secrets(`T: ${spec}`)))).toEqual([expect.stringContaining("SCHEMA_V1 /j/secrets/T: write the secret as a mapping")])
    expect(await errors(file("  secrets: [T]\n"))).toEqual([expect.stringContaining("/j/secrets: write secrets as a mapping")])
  })

  it("loom A7: takes true and false, not words for them", async () => {
    for (const word of ['"false"', "no", "0", "null"]) {
      expect(await errors(file(secrets(`T: {ref: env://X, file: ${word}}`)))).toEqual([expect.stringContaining("SCHEMA_V1 /j/secrets/T/file: write true or false")])
      expect(await errors(file(secrets(`T: {ref: env://X, required: ${word}}`)))).toHaveLength(1)
    }
  })

  it("loom A8: refuses other keys of a secret, and repeats neither them nor what they hold", async () => {
    const [error = "", ...others] = await errors(file(secrets("T: {ref: env://X, password: hunter2}")))
    expect(others).toEqual([])
    expect(error).toContain("SCHEMA_V1 /j/secrets/T: remove the unknown key; there are ref, file, required")
    expect(error).not.toMatch(/hunter2|password/)
    expect(await errors(file(secrets("T: {ref: env://X, requird: false}")))).toEqual([expect.stringContaining("write required for the unknown key")])
  })

  it("loom A9, B1, B3, B5, B7: refuses references that are malformed or that nothing provides, and repeats nothing of them", async () => {
    const wrong = ["vault://hunter2/b", "hunter2", "ENV://hunter2", "env://", "env://hunter 2", "env://hunter2/B", "keepass://hunter2/main", "keepass://#hunter2:b", "keepass://hunter2#a", "keepass://hunter2#a:"]
    wrong.push("op://V/hunter2", "op://V//hunter2", "op://V/hunter2/f?attribute=otp", "op://V/i/hunter2#x", "sotto://hunter2", "file://hunter2", "$HUNTER2", "env://$hunter2")
    for (const reference of wrong) {
      const found = await errors(file(secrets(`T: {ref: '${reference}', required: false}`)))
      expect([reference, found]).toEqual([reference, [expect.stringMatching(/^SCHEMA_V1 \/j\/secrets\/T\/ref: .*SECRETS_REF_INVALID/)]])
      expect(found.join()).not.toContain("hunter")
    }
  })

  it("loom A10: is YAML without anchors, aliases, tags, merges, equal keys and second documents", async () => {
    expect(await errors(file("  variables: &v {A: b}\n"))).toEqual(["SCHEMA_V1 /j/variables: remove the anchor (.sotto/jobs.yml:7)"])
    expect(await errors(file("  variables: *v\n"))).toEqual([expect.stringContaining("/j/variables: write out what the alias stands for")])
    expect(await errors(file("  variables: {A: !!str 7}\n"))).toEqual([expect.stringContaining("/j/variables/A: remove the tag")])
    for (const tagged of ["{A: ! b}", "!x {A: b}", "{!!str A: b}", "{A: !<tag:yaml.org,2002:str> b}"]) expect([tagged, await errors(file(`  variables: ${tagged}\n`))]).toEqual([tagged, [expect.stringContaining("remove the tag")]])
    expect(await errors(file("  variables: {<<: {A: b}}\n"))).toEqual([expect.stringContaining("/j/variables: write out what << would merge")])
    expect(await errors(file("  variables: {A: b, A: c}\n  script: [x]\n"))).toEqual([expect.stringContaining("/j/variables/A: remove one of two equal keys"), expect.stringContaining("/j/script: remove one of two equal keys")])
    expect(await errors(`${file()}---\na: b\n`)).toEqual([expect.stringContaining("keep one document in a file (.sotto/jobs.yml:7)")])
    expect(await errors(`%YAML 1.1\n---\n${file()}`)).toEqual([expect.stringContaining("remove the line that begins with %")])
    for (const key of ["7", "true", "null", "? {a: b}\n  "]) expect([key, await errors(file(`  ${key}: b\n`))]).toEqual([key, [expect.stringContaining("/j: write the key as text")]])
  })

  it("loom A11: has version v1, stages of right names, each once, and no other keys", async () => {
    const changed = async (from: string, to: string): Promise<string[]> => errors(file().replace(from, to))
    expect(await changed("v1", "v2")).toEqual([expect.stringContaining("SCHEMA_V1 /version: set version to v1")])
    expect(await changed("version: v1\n", "")).toEqual([expect.stringContaining("SCHEMA_V1 /: add version: v1")])
    expect(await changed("late", "Build")).toEqual([expect.stringContaining("SCHEMA_V1 /stages/1: name the stage")])
    expect(await changed("late", "ci")).toEqual([expect.stringContaining("SCHEMA_V1 /stages/1: remove the second stage ci")])
    expect(await changed("[ci, late]", "ci")).toEqual([expect.stringContaining("SCHEMA_V1 /stages: write stages as a list")])
    expect(await changed("[ci, late]", "[]")).toHaveLength(1)
    const unknown = await errors(file("", "Foo: {}\n"))
    expect(unknown).toEqual([expect.stringContaining("SCHEMA_V1 /: remove the unknown key")])
    expect(unknown.join()).not.toContain("Foo")
    expect(await errors(file("", "varaibles: {A: b}\n"))).toEqual([expect.stringContaining("write variables for the unknown key")])
  })

  it("loom A12: includes templates of its own folder only", async () => {
    for (const path of ["../x.yml", "x.yml", "/etc/passwd", ".sotto/templates/../x.yml", ".loom/templates/x.yml", ".sotto/templates/x.json", ".sotto/templates/a..b.yml", ".sotto/templates//x.yml"])
      expect([path, await errors(file("", `include: [{local: ${path}}]\n`))]).toEqual([path, ["SCHEMA_V1 /include/0/local: set include.local to .sotto/templates/<name>.yml or .yaml (.sotto/jobs.yml:3)"]])
    expect(await errors(file("", "include: [{local: .sotto/templates/none.yml}]\n"))).toEqual([expect.stringContaining("/include/0/local: make the file, which is not there")])
    expect(await errors(file("", "include: [{remote: http://x}]\n"))).toHaveLength(2)
  })

  it("loom A13: has no cycles of templates, nor of jobs", async () => {
    expect(await errors(file("", ".a: {extends: .b}\n.b: {extends: .a}\n"))).toEqual(["SCHEMA_V1 /.a/extends: resolve extends cycle by removing one extends edge: .a -> .b -> .a (.sotto/jobs.yml:3)"])
    expect(await errors(file("", ".a: {extends: .a}\n"))).toEqual([expect.stringContaining(".a -> .a")])
    expect(await errors(file("  needs: [k]\nk: {stage: ci, target: linux, script: [x], needs: [j]}\n"))).toEqual([expect.stringContaining("resolve needs cycle by removing one of j -> k -> j")])
    expect(await errors(file("  needs: [j]\n"))).toEqual([expect.stringContaining("j -> j")])
  })

  it("loom A14: has no secrets for everything", async () => {
    expect(await errors(file("", "secrets: {T: {ref: env://X}}\n"))).toEqual(["SCHEMA_V1 /secrets: move secrets to a job (.sotto/jobs.yml:3)"])
  })

  it("loom A15: has scripts that are lists, of one command at least, which may have several lines", async () => {
    const withScript = (script: string): string => file().replace("[echo hi]", script)
    for (const script of ['"echo x"', "[]", "{a: b}", ""]) expect(await errors(withScript(script))).toEqual([expect.stringContaining("SCHEMA_V1 /j/script: write script as a list of commands")])
    for (const script of ["[7]", '[a, ""]', "[[a]]", '["a\\0b"]', '["\\ud800"]']) expect([script, await errors(withScript(script))]).toEqual([script, [expect.stringContaining("SCHEMA_V1 /j/script/")]])
    const { jobs } = await folder.readText(withScript("\n    - |\n      a\n      b\n    - c"))
    expect(jobs[0]?.script.value.map(({ value }) => value)).toEqual(["a\nb\n", "c"])
  })

  it("needs stage, target and script, from wherever they come", async () => {
    expect(await errors("version: v1\nstages: [ci]\nj: {}\n")).toEqual(["stage", "target", "script"].map((key) => expect.stringContaining(`SCHEMA_V1 /j: add ${key}`) as string))
    await folder.readText("version: v1\nstages: [ci]\ndefault: {target: linux}\n.t: {stage: ci}\nj: {extends: .t, script: [x]}\n")
    expect(await errors(file().replace("stage: ci", "stage: other"))).toEqual([expect.stringContaining("SCHEMA_V1 /j/stage: set stage to one of ci, late")])
    expect(await errors(file().replace("linux", "windows"))).toEqual([expect.stringContaining("SCHEMA_V1 /j/target: set target to linux")])
  })

  it.each(["rules", "services", "cache", "artifacts", "invariant", "runner_pool"])("refuses %s by name", async (key) => {
    expect(await errors(file(`  ${key}: []\n`))).toEqual([expect.stringContaining(`SCHEMA_V1 /j/${key}: remove ${key}, because Sotto is no CI system`)])
    expect(await errors(file("", `${key}: {}\n`))).toEqual([expect.stringContaining(`SCHEMA_V1 /${key}: remove ${key}, because`)])
    expect((await folder.readText(file("", `${key}: {stage: ci, target: linux, script: [a job of that name]}\n`))).jobs).toHaveLength(2)
  })

  it("refuses workflow and image.build by name, and images that an engine would read as options", async () => {
    expect(await errors(file("", "workflow: {rules: []}\n"))).toEqual([expect.stringContaining("SCHEMA_V1 /workflow: remove workflow, because")])
    expect(await errors(file("  image: {build: {context: .}}\n"))).toEqual([expect.stringContaining("SCHEMA_V1 /j/image/build: remove build, because")])
    for (const image of ["--privileged", '""', "[a]", "a b", "{}"]) expect([image, await errors(file(`  image: ${image}\n`))]).toEqual([image, [expect.stringContaining("/j/image")]])
    for (const image of ["node:24", "{name: node:24}"]) expect((await folder.readText(file(`  image: ${image}\n`))).jobs[0]?.image?.value).toBe("node:24")
  })

  it("needs jobs that are there and of no later stage", async () => {
    expect(await errors(file("  needs: [nobody, .t, 7]\n.t: {}\n"))).toEqual([expect.stringContaining("SCHEMA_V1 /j/needs/2: name a job")])
    expect(await errors(file("  needs: [nobody, .t]\n.t: {}\n"))).toHaveLength(2)
    expect(await errors(file("  needs: [k]\nk: {stage: late, target: linux, script: [x]}\n"))).toEqual([expect.stringContaining("/j/needs/0: remove k: it is of a later stage")])
  })

  it("tells every fault at once, and a hundred at most", async () => {
    const wrong = await errors(file(`  image: 7\n  cache: []\n${secrets("a: {ref: env://X}", "B: {ref: vault://x}", "C: {}")}`, "workflow: {}\n").replace("v1", "v3"))
    expect(wrong).toHaveLength(7)
    const many = Array.from({ length: 500 }, (_, i) => `X${i}: {}`)
    expect(await errors(file(secrets(...many)))).toHaveLength(100)
    await expect(folder.read()).rejects.toMatchObject({ message: expect.stringContaining("and 400 more") as string, details: { count: 500 } })
  })

  it("warns of a trace beside a secret in the environment, and of one in a container", async () => {
    const warnings = async (script: string, spec: string, more = ""): Promise<readonly string[]> =>
      (await folder.readText(`${file(more + secrets(`T: ${spec}`)).replace("[echo hi]", JSON.stringify([script]))}`)).warnings
    for (const script of ["set -x", "set -ex", "cd a; set -e -x", "set -o xtrace", "sh -x a.sh", "bash -e -x a.sh"]) {
      expect([script, await warnings(script, "{ref: env://X, file: false}")]).toEqual([script, [expect.stringMatching(/^\/j\/script\/0: take the trace out.*\(\.sotto\/jobs\.yml:6\)$/)]])
      expect(await warnings(script, "{ref: env://X}")).toEqual([])
    }
    for (const script of ["set -e", "reset -x", "sh a.sh -x", "echo offset -x"]) expect([script, await warnings(script, "{ref: env://X, file: false}")]).toEqual([script, []])
    expect(await warnings("a", "{ref: env://X, file: false}", "  image: a\n")).toEqual([expect.stringContaining("/j/secrets/T: let the secret be a file in a container")])
  })
})

describe("the files of a job file", () => {
  let folder: JobFolder
  beforeAll(() => {
    folder = openJobFolder()
  })
  afterAll(() => folder.remove())

  it("are read once, the job file first, and told with where each fault is", async () => {
    folder.write(".sotto/templates/a.yml", "version: v1\n.t: {target: linux, secrets: {A: {ref: env://A}, B: {ref: env://B, file: false}}}\n")
    folder.write(".sotto/templates/deep/b.yaml", "k: {extends: .t, stage: ci, script: [x]}\n")
    const include = "include: [{local: .sotto/templates/a.yml}, {local: .sotto/templates/deep/b.yaml}]\n"
    const { files, jobs } = await folder.readText(file(`  extends: .t\n${secrets("B: {ref: env://C}")}`, include))
    expect(files.map(({ path }) => path)).toEqual([".sotto/jobs.yml", ".sotto/templates/a.yml", ".sotto/templates/deep/b.yaml"].map((path) => join(folder.root, path)))
    expect(jobs.map(({ name, secrets: own }) => [name, ...[...own.values()].map(({ value }) => `${value.name} ${value.reference} ${value.file}`)])).toEqual([
      ["j", "A env://A true", "B env://C true"],
      ["k", "A env://A true", "B env://B false"],
    ])
    folder.write(".sotto/templates/a.yml", "\n.t: {secrets: {A: 7}}\nstages: []\nj: {}\n")
    const faults = await folder.errors()
    expect(faults).toContain("SCHEMA_V1 /.t/secrets/A: write the secret as a mapping with ref (.sotto/templates/a.yml:2)")
    expect(faults).toContain("SCHEMA_V1 /stages: move stages to the job file; an included file has templates and jobs only (.sotto/templates/a.yml:3)")
    expect(faults).toContain("SCHEMA_V1 /j: give j another name; the job file or another include has it already (.sotto/templates/a.yml:4)")
  })

  it("lie inside the repository, whatever links say", async () => {
    const other = openJobFolder()
    other.write("t.yml", ".t: {}\n")
    mkdirSync(join(folder.root, ".sotto/templates"), { recursive: true })
    symlinkSync(join(other.root, "t.yml"), join(folder.root, ".sotto/templates/link.yml"))
    symlinkSync(other.root, join(folder.root, ".sotto/templates/out"))
    for (const path of ["link.yml", "out/t.yml"])
      expect(await folder.errorsOf(file("", `include: [{local: .sotto/templates/${path}}]\n`))).toEqual([expect.stringContaining("/include/0/local: keep the file inside the repository; a link leads out of it")])
    other.remove()
  })

  it("are regular files: a pipe or a folder keeps nobody waiting", async () => {
    execFileSync("mkfifo", [join(folder.root, ".sotto/templates/pipe.yml"), join(folder.root, "pipe.yml")])
    mkdirSync(join(folder.root, ".sotto/templates/folder.yml"))
    for (const path of ["pipe.yml", "folder.yml"])
      expect(await folder.errorsOf(file("", `include: [{local: .sotto/templates/${path}}]\n`))).toEqual([expect.stringContaining("make it a regular file")])
    await expect(folder.read("pipe.yml")).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("make it a regular file") as string })
    await expect(folder.read("none.yml")).rejects.toMatchObject({ code: "not_found" })
  })

  it("are the original's where only those are there", async () => {
    const other = openJobFolder()
    other.write(".loom/workflow.yml", file("  extends: .t\n", "include: [{local: .loom/templates/a.yml}]\n"))
    other.write(".loom/templates/a.yml", ".t: {variables: {A: b}}\n")
    expect((await other.read()).file).toBe(".loom/workflow.yml")
    other.write(".loom/workflow.yml", file("", "include: [{local: .sotto/templates/a.yml}]\n"))
    expect(await other.errors()).toEqual([expect.stringContaining("set include.local to .loom/templates/<name>.yml or .yaml")])
    expect((await other.readText(file())).file).toBe(".sotto/jobs.yml")
    other.remove()
  })
})
