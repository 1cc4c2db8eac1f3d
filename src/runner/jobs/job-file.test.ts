import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { isSecretError, type SecretError } from "../../base/errors.ts"
import { schemeOf } from "../../core/references/reference-text.ts"
import { createProviderTable } from "../../providers/built-in-providers.ts"
import { createSottoProvider } from "../../providers/sotto.ts"
import type { CheckReference } from "./check-secrets.ts"
import { graphOf } from "./compile-jobs.ts"
import { findJobFile, readJobFile, rootOf } from "./read-job-file.ts"

let root = ""
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "sotto-jobs-")))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const nobody = () => Promise.reject(new Error("a provider was opened"))
const table = createProviderTable({ sotto: async () => createSottoProvider(nobody) })

const checkReference: CheckReference = async (reference) => {
  const provider = await table(schemeOf(reference) ?? "")
  try {
    provider?.parse(reference)
    return provider === null ? "unknown_scheme" : null
  } catch {
    return "malformed"
  }
}

const write = (name: string, content: string | Uint8Array): string => {
  mkdirSync(dirname(join(root, name)), { recursive: true })
  writeFileSync(join(root, name), content)
  return join(root, name)
}

const load = (content: string | Uint8Array, name = ".sotto/jobs.yml") => readJobFile(root, write(name, content), checkReference)

const failureOf = async (work: Promise<unknown>): Promise<SecretError> => {
  const error = await work.then(() => new Error("it was taken"), (reason: unknown) => reason)
  if (isSecretError(error)) return error
  throw error
}

const errorsOf = async (content: string, name?: string): Promise<string[]> => {
  const error = await failureOf(load(content, name))
  expect(error.code).toBe("SCHEMA_V1")
  return error.details.errors as string[]
}

/** A whole file around the lines of one job. */
const jobWith = (lines: string, rest = ""): string => `version: v1\nstages: [ci]\n${rest}deploy:\n  stage: ci\n  target: linux\n  script: [echo x]\n${lines}`

const AT = /\(\.sotto\/jobs\.yml:\d+\)$/

describe("a job file", () => {
  it("loom A1: is taken with a reference to the environment", async () => {
    const { graph, warnings, files } = await load(jobWith("  secrets: { T: { ref: env://X } }\n"))
    expect(graph.jobs).toEqual([
      { name: "deploy", stage: "ci", target: "linux", after: [], variables: {}, secrets: [{ name: "T", reference: "env://X", file: true, required: true }], script: ["echo x"] },
    ])
    expect([warnings, files.map(({ path }) => path)]).toEqual([[], [join(root, ".sotto/jobs.yml")]])
  })

  it.each([
    ["loom A2: secrets in default", jobWith("", "default: { secrets: { T: { ref: env://X } } }\n"), "/default/secrets: move secrets to a job; default.secrets is not allowed"],
    ["loom A3: a key in variables and in secrets", jobWith("  variables: { T: x }\n  secrets: { T: { ref: env://X } }\n"), "/deploy/secrets/T: remove T from either variables or secrets"],
    ["loom A4: a variable of a template as a secret", jobWith("  extends: .a\n  secrets: { T: { ref: env://X } }\n", ".a: { variables: { T: x } }\n"), "/deploy/secrets/T: remove T from either variables or secrets"],
    ["a variable of the whole file as a secret", jobWith("  secrets: { T: { ref: env://X } }\n", "variables: { T: x }\n"), "/deploy/secrets/T: remove T from either variables or secrets"],
    ["loom A5: a secret in small letters", jobWith("  secrets: { api_token: { ref: env://X } }\n"), "/deploy/secrets/?: rename the secret"],
    ["loom A5: a secret that begins with a digit", jobWith("  secrets: { 1TOKEN: { ref: env://X } }\n"), "/deploy/secrets/?: rename the secret"],
    ["a secret that a loader obeys", jobWith("  secrets: { LD_PRELOAD: { ref: env://X } }\n"), "/deploy/secrets/LD_PRELOAD: rename the secret"],
    ["loom A6: a secret without a ref", jobWith("  secrets: { T: { file: true } }\n"), "/deploy/secrets/T: set ref to a reference"],
    ["loom A7: a switch in quotes", jobWith('  secrets: { T: { ref: env://X, file: "false" } }\n'), "/deploy/secrets/T/file: write true or false, without quotes"],
    ["loom A8: a credential in a secret", jobWith("  secrets: { T: { ref: env://X, password: CANARY } }\n"), "/deploy/secrets/T/?: remove the key"],
    ["loom A9: an unknown scheme", jobWith("  secrets: { T: { ref: vault://CANARY/b } }\n"), "/deploy/secrets/T/ref: write a reference that can be read (SECRETS_REF_INVALID, unknown_scheme)"],
    ["loom B7: a malformed reference that may be missing", jobWith("  secrets: { T: { ref: 'env://A CANARY', required: false } }\n"), "/deploy/secrets/T/ref: write a reference that can be read (SECRETS_REF_INVALID, malformed)"],
    ["a variable in a reference", jobWith("  secrets: { T: { ref: 'env://$CANARY' } }\n"), "/deploy/secrets/T/ref: write a reference"],
    ["loom A10: an anchor", jobWith("  variables: &CANARY { A: x }\n"), "/deploy/variables: write the value out: anchors and aliases are not read"],
    ["loom A10: an alias", jobWith("  variables: &a { A: x }\n  secrets: *a\n"), "/deploy/secrets: write the value out: anchors and aliases are not read"],
    ["loom A10: a tag", jobWith("  variables: { A: !!str CANARY }\n"), "/deploy/variables/A: remove the tag"],
    ["loom A10: a merge key", jobWith("  variables: { <<: { A: x } }\n"), "/deploy/variables/?: write the keys out: merge keys are not read"],
    ["loom A11: another version", jobWith("").replace("v1", "v2"), "/version: set version to v1"],
    ["loom A11: a stage in capitals", jobWith("").replace("[ci]", "[ci, Build]"), "/stages/1: name the stage with small letters"],
    ["loom A11: a stage twice", jobWith("").replace("[ci]", "[ci, ci]"), "/stages/1: remove the stage; it is listed before"],
    ["loom A11: an unknown key at the root", jobWith("", "Foo: CANARY\n"), "/?: name the job with small letters"],
    ["loom A12: an include of a folder above", jobWith("", "include: [{ local: ../CANARY.yml }]\n"), "/include/0/local: set include.local to .sotto/templates/<name>.yml or .yaml"],
    ["loom A12: an include of another folder", jobWith("", "include: [{ local: .sotto/CANARY.yml }]\n"), "/include/0/local: set include.local to .sotto/templates/<name>.yml or .yaml"],
    ["loom A12: an include that leaves its folder on the way", jobWith("", "include: [{ local: .sotto/templates/../../CANARY.yml }]\n"), "/include/0/local: set include.local"],
    ["loom A13: templates that extend each other", jobWith("  extends: .a\n", ".a: { extends: .b }\n.b: { extends: .a }\n"), "/.b/extends: resolve extends cycle by removing one extends edge: .a -> .b -> .a"],
    ["loom A14: secrets at the root", jobWith("", "secrets: { T: { ref: env://X } }\n"), "/secrets: move secrets to a job"],
    ["loom A15: a script that is no list", jobWith("").replace("[echo x]", "echo CANARY"), "/deploy/script: make script a list of commands"],
    ["an empty script", jobWith("").replace("[echo x]", "[]"), "/deploy/script: make script a list of commands"],
    ["a number among the commands", jobWith("").replace("[echo x]", "[echo x, 1]"), "/deploy/script/1: write a command, as text"],
    ["a number as a variable", jobWith("  variables: { A: 1 }\n"), "/deploy/variables/A: write the value as text, in quotes"],
    ["a key that is nearly right", jobWith("  varaibles: { A: x }\n"), "/deploy/?: write variables"],
    ["a key of nothing", jobWith("  colour: CANARY\n"), "/deploy/?: remove the key; a job has stage,"],
    ["a key that may be a credential", jobWith("  secrets: { T: { ref: env://X, AKIAIOSFODNN7CANARY: x } }\n  ghp_16C7e42F292c6912CANARY: x\n"), "/deploy/secrets/T/?: remove the key"],
    ["a command with NUL in it", jobWith("").replace("[echo x]", '["CANARY\\0"]'), "/deploy/script/0: remove the character NUL"],
    ["a variable that is no text in any encoding", jobWith('  variables: { A: "CANARY\\ud800" }\n'), "/deploy/variables/A: remove the character NUL"],
    ["a bad reference in a template that nobody uses", jobWith("", ".t: { secrets: { T: { ref: vault://CANARY } } }\n"), "/.t/secrets/T/ref: write a reference that can be read (SECRETS_REF_INVALID, unknown_scheme)"],
    ["a duplicate key", jobWith("  stage: ci\n"), "/deploy/stage: keep one of the keys that are written twice"],
    ["two documents", `${jobWith("")}---\na: 1\n`, "/: keep one document in the file"],
    ["a key that is no text", jobWith("", "? [CANARY]\n: { a: b }\n"), "/: write every key as text"],
    ["YAML that is none", jobWith("", 'x: "CANARY\n'), "/: "],
    ["no stage", jobWith("").replace("  stage: ci\n", ""), "/deploy: set stage to one of stages"],
    ["an unknown stage", jobWith("").replace("stage: ci", "stage: CANARY"), "/deploy/stage: set stage to one of stages"],
    ["another target", jobWith("").replace("linux", "windows"), "/deploy/target: set target to linux"],
    ["a template that is not there", jobWith("  extends: .CANARY\n"), "/deploy/extends: set extends to a template"],
    ["a job as a template", jobWith("  extends: deploy\n"), "/deploy/extends: resolve extends cycle by removing one extends edge: deploy -> deploy"],
    ["a need of nothing", jobWith("  needs: [CANARY]\n"), "/deploy/needs/0: name a job of this file"],
    ["a need of itself", jobWith("  needs: [deploy]\n"), "/deploy/needs/0: resolve needs cycle by removing one of: deploy -> deploy"],
    ["an image that is an option", jobWith("  image: --privileged\n"), "/deploy/image: set image to the name of an image"],
    ["an image to be built", jobWith("  image: { name: a, build: { context: . } }\n"), "/deploy/image/build: remove build: Sotto builds no images"],
    ["no job", "version: v1\nstages: [ci]\n.a: { stage: ci }\n", "/: write at least one job"],
    ["an empty file", "", "/version: set version to v1"],
    ["a list", "[]", "/: make the file a mapping"],
    ["a control character", jobWith("  variables: { A: 'x\u0007' }\n"), "/: remove the control characters"],
  ])("refuses %s, with its place and what to do, and repeats nothing", async (_what, content, line) => {
    const errors = await errorsOf(content)
    expect(errors.join("\n")).toContain(`SCHEMA_V1 ${line}`)
    expect(errors.every((error) => AT.test(error))).toBe(true)
    expect(errors.join("\n")).not.toContain("CANARY")
  })

  it.each(["rules", "services", "cache", "artifacts", "invariant", "runner_pool"])("refuses %s by name, with a sentence", async (key) => {
    expect(await errorsOf(jobWith(`  ${key}: []\n`))).toEqual([expect.stringMatching(new RegExp(`^SCHEMA_V1 /deploy/${key}: remove ${key}: Sotto is no CI system`))])
  })

  it("refuses workflow rules by name", async () => {
    expect((await errorsOf(jobWith("", "workflow: { rules: [] }\n")))[0]).toContain("/workflow: remove workflow: Sotto is no CI system")
  })

  it("tells of all faults at once, each with its line", async () => {
    const errors = await errorsOf("version: v2\nstages: [ci]\na:\n  stage: nowhere\n  script: echo\n  secrets:\n    t: {}\n    U: { ref: vault://x }\n")
    expect(errors.map((error) => error.replace(/: .*\(/, " ("))).toEqual([
      "SCHEMA_V1 /version (.sotto/jobs.yml:1)",
      "SCHEMA_V1 /a/script (.sotto/jobs.yml:5)",
      "SCHEMA_V1 /a/secrets/? (.sotto/jobs.yml:7)",
      "SCHEMA_V1 /a/secrets/? (.sotto/jobs.yml:7)",
      "SCHEMA_V1 /a (.sotto/jobs.yml:3)",
      "SCHEMA_V1 /a/stage (.sotto/jobs.yml:4)",
      "SCHEMA_V1 /a/secrets/U/ref (.sotto/jobs.yml:8)",
    ])
  })

  it("tells of the first hundred faults, and how many there are", async () => {
    const content = jobWith(`  secrets:\n${Array.from({ length: 500 }, (_, i) => `    T${i}: {}\n`).join("")}`)
    expect(await errorsOf(content)).toHaveLength(100)
    await expect(load(content)).rejects.toMatchObject({ message: expect.stringContaining("and 499 more") as string, details: { count: 500 } })
  })

  it("takes commands of several lines, DOS line ends and a byte order mark", async () => {
    const { graph } = await load(`\ufeff${jobWith("").replace("[echo x]", "\n    - |\n      if true; then\n        echo x\n      fi")}`.replaceAll("\n", "\r\n"))
    expect(graph.jobs[0]?.script).toEqual(["if true; then\n  echo x\nfi\n"])
  })

  it.each([
    ["a value in a script that traces", "  script: ['set -ex; true']\n  secrets: { T: { ref: env://X, file: false } }\n", "the script traces its commands"],
    ["a value in a script that a tracing shell runs", "  script: [sh -x run.sh]\n  secrets: { T: { ref: env://X, file: false } }\n", "the script traces its commands"],
    ["a value in a container", "  script: [x]\n  image: alpine\n  secrets: { T: { ref: env://X, file: false } }\n", "a container's environment"],
  ])("warns of %s", async (_what, lines, sentence) => {
    const { warnings } = await load(jobWith(lines).replace("  script: [echo x]\n", ""))
    expect(warnings).toEqual([expect.stringContaining(sentence)])
    expect((await load(jobWith(lines.replace(", file: false", "")).replace("  script: [echo x]\n", ""))).warnings).toEqual([])
  })
})

describe("what a job inherits", () => {
  it("is its own over its templates' over default's over the file's, mappings key by key and a secret whole", async () => {
    const { graph } = await load(`
version: v1
stages: [a, b]
variables: { A: file, B: file, C: file, D: file }
default: { target: linux, variables: { B: default, C: default, D: default }, script: [default] }
.far: { stage: a, variables: { C: far, D: far }, secrets: { S: { ref: env://FAR, file: false }, T: { ref: env://T } } }
.near: { extends: .far, variables: { D: near }, script: [near] }
job: { extends: .near, stage: b, variables: { E: job }, secrets: { S: { ref: env://JOB } } }
`)
    expect(graph.jobs).toEqual([
      {
        name: "job", stage: "b", target: "linux", after: [], script: ["near"],
        variables: { A: "file", B: "default", C: "far", D: "near", E: "job" },
        secrets: [{ name: "S", reference: "env://JOB", file: true, required: true }, { name: "T", reference: "env://T", file: true, required: true }],
      },
    ])
  })
})

const FOUR = `
version: v1
stages: [build, test, deploy]
default: { target: linux, script: [x] }
ship: { stage: deploy }
unit: { stage: test, needs: [] }
lint: { stage: test }
app: { stage: build }
docs: { stage: deploy, needs: [app, app] }
`

describe("the order of jobs", () => {
  it("is that of stages, and needs take the place of the stages before", async () => {
    const { graph } = await load(FOUR)
    expect(graph.jobs.map(({ name, after }) => [name, after])).toEqual([
      ["app", []], ["unit", []], ["lint", ["app"]], ["ship", ["app", "unit", "lint"]], ["docs", ["app"]],
    ])
    expect(graphOf(graph, "docs")?.jobs.map(({ name }) => name)).toEqual(["app", "docs"])
    expect(graphOf(graph, "nobody")).toBeNull()
  })

  it("has no need of a later stage, and no circle", async () => {
    expect(await errorsOf(FOUR.replace("needs: []", "needs: [ship]"))).toEqual([expect.stringContaining("/unit/needs/0: name a job of the same stage or of an earlier one")])
    const circle = FOUR.replace("needs: []", "needs: [lint]").replace("lint: { stage: test }", "lint: { stage: test, needs: [unit] }")
    expect(await errorsOf(circle)).toEqual([expect.stringContaining("resolve needs cycle by removing one of: unit -> lint -> unit")])
  })
})

describe("templates of other files", () => {
  const MAIN = jobWith("  extends: .shared\n", "include: [{ local: .sotto/templates/a.yml }]\n")

  it("are read, and are among the files that are judged", async () => {
    write(".sotto/templates/a.yml", ".shared: { variables: { A: x } }\nmore: { stage: ci, target: linux, script: [y] }\n")
    const { graph, files } = await load(MAIN)
    expect(graph.jobs.map(({ name, variables }) => [name, variables])).toEqual([["deploy", { A: "x" }], ["more", {}]])
    expect(files.map(({ path, bytes }) => [path.slice(root.length), bytes.length > 0])).toEqual([["/.sotto/jobs.yml", true], ["/.sotto/templates/a.yml", true]])
  })

  it("of a Loom file come from Loom's folder", async () => {
    write(".loom/templates/a.yml", ".shared: { variables: { A: x } }\n")
    const { graph } = await load(MAIN.replace(".sotto/", ".loom/"), ".loom/workflow.yml")
    expect([graph.file, graph.jobs[0]?.variables]).toEqual([".loom/workflow.yml", { A: "x" }])
    expect((await errorsOf(MAIN, ".loom/workflow.yml")).join()).toContain("set include.local to .loom/templates/<name>.yml or .yaml")
  })

  it.each([
    ["that is not there", () => undefined, "include a file that is there"],
    ["that is a link out of the repository", () => symlinkSync("/etc/hostname", join(root, ".sotto/templates/a.yml")), "not a link out of it"],
    ["that is a folder", () => mkdirSync(join(root, ".sotto/templates/a.yml")), "include a file that is there"],
    ["that nobody writes to", () => execFileSync("mkfifo", [join(root, ".sotto/templates/a.yml")]), "include a file that is there"],
    ["with stages of its own", () => write(".sotto/templates/a.yml", "stages: [x]\n.shared: {}\n"), "/stages: move the key to the job file"],
    ["with a job that is there already", () => write(".sotto/templates/a.yml", ".shared: {}\ndeploy: { script: [y] }\n"), "/deploy: give it another name"],
    ["that is no YAML", () => write(".sotto/templates/a.yml", "'"), "SCHEMA_V1 /: "],
  ])("are refused in a file %s", async (_what, prepare, line) => {
    mkdirSync(join(root, ".sotto/templates"), { recursive: true })
    prepare()
    expect((await errorsOf(MAIN)).join("\n")).toContain(line)
  })
})

describe("which job file", () => {
  it("is .sotto/jobs.yml of this folder or above, and Loom's only where there is no other", () => {
    mkdirSync(join(root, "a/b"), { recursive: true })
    expect(findJobFile(join(root, "a/b"))).toBeNull()
    write(".loom/workflow.yml", "")
    expect(findJobFile(join(root, "a/b"))).toEqual({ root, path: join(root, ".loom/workflow.yml") })
    write(".sotto/jobs.yml", "")
    expect(findJobFile(join(root, "a/b"))?.path).toBe(join(root, ".sotto/jobs.yml"))
    expect(rootOf(join(root, "a/b"))).toBe(root)
  })
})

describe("a hostile job file", () => {
  it.each([
    ["of open brackets", "[".repeat(200_000)],
    ["of open brackets on many lines", "[\n".repeat(100_000)],
    ["of nested mappings", Array.from({ length: 400 }, (_, i) => `${" ".repeat(i)}a:\n`).join("")],
    ["that laughs a billion times", `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefgh".split("").map((name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefg"[i]}`).join()}]\n`).join("")}`],
    ["of quotes", '"'.repeat(100_000)],
    ["of colons", ":".repeat(100_000)],
  ])("%s is refused, and soon", async (_what, content) => {
    expect((await errorsOf(content)).length).toBeGreaterThan(0)
  }, 20_000)

  it("that is a pipe, a folder, too large or no text is refused by a sentence", async () => {
    execFileSync("mkfifo", [join(root, "pipe")])
    for (const path of [join(root, "pipe"), root, write("big", new Uint8Array(300_000)), write("latin", new Uint8Array([0xe9]))])
      expect((await failureOf(readJobFile(root, path, checkReference))).code).toBe("invalid_argument")
    expect((await failureOf(readJobFile(root, join(root, "nowhere"), checkReference))).code).toBe("not_found")
  })

  it("whatever it holds, is taken or refused by SCHEMA_V1, and no value of it is repeated", async () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 4 }, fc.constantFrom("CANARY", "ci", ".a", "v1", "linux", "env://CANARY X"), fc.integer(), fc.boolean(), fc.constant(null), fc.array(tie("any"), { maxLength: 3 }), tie("map")),
      map: fc.dictionary(fc.constantFrom("stage", "target", "script", "extends", "needs", "image", "variables", "secrets", "ref", "file", "required", "A", "local", "build", "x y CANARY", "__proto__", "constructor"), tie("any"), { maxKeys: 5 }),
    }))
    const file = fc.dictionary(fc.constantFrom("version", "stages", "include", "variables", "default", "workflow", "a", ".a", "b", "secrets", "__proto__", "Xx CANARY"), value.any, { maxKeys: 6 })
    await fc.assert(
      fc.asyncProperty(file, async (content) => {
        const outcome = await load(JSON.stringify({ version: "v1", stages: ["ci"], ...content })).catch((error: unknown) => error)
        const { code, said } = isSecretError(outcome) ? { code: outcome.code, said: JSON.stringify(outcome.details) + outcome.message } : { code: "SCHEMA_V1", said: "" }
        expect(isSecretError(outcome) || Object.hasOwn(outcome as object, "graph")).toBe(true)
        expect(code).toBe("SCHEMA_V1")
        expect(said).not.toContain("CANARY")
      }),
      { numRuns: 500 },
    )
  }, 60_000)
})

describe("compiling", () => {
  it("loom A16: contacts nobody, and gives the same bytes each time", async () => {
    const content = jobWith("  secrets: { T: { ref: env://NOBODY_SET_THIS }, U: { ref: 'sotto://acme/U' }, V: { ref: op://v/i/f } }\n")
    const [one, two] = [await load(content), await load(content)]
    expect(JSON.stringify(one.graph)).toBe(JSON.stringify(two.graph))
    expect(JSON.stringify(one.graph)).toContain("env://NOBODY_SET_THIS")
  })

  it("does not depend on the order of a job's keys", async () => {
    const lines = ["stage: ci", "target: linux", "script: [a, b]", "needs: []", "image: alpine", "variables: { A: x }"]
    const whole = (order: readonly string[]): string => `version: v1\nstages: [ci]\njob:\n${order.map((line) => `  ${line}\n`).join("")}`
    const expected = JSON.stringify((await load(whole(lines))).graph)
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(lines, { minLength: lines.length }), async (order) => {
        expect(JSON.stringify((await load(whole(order))).graph)).toBe(expected)
      }),
      { numRuns: 20 },
    )
  })
})
