import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { stringify } from "yaml"
import { isSecretError } from "../../base/errors.ts"
import { openJobFolder, type JobFolder } from "../../../test/job-folder.ts"
import type { JobGraph } from "./graph.ts"

/** Of the largest file that is read. */
const MAX = 262_144
const HEAD = "version: v1\nstages: [ci]\n"

/** Follows no pattern of names, so it may stand nowhere in what is said. */
const CANARY = "Hunter2 c4n4ry!"

interface Said {
  graph: JobGraph | null
  errors: readonly string[]
  text: string
}

describe("a hostile job file", () => {
  let folder: JobFolder
  beforeAll(() => {
    folder = openJobFolder()
  })
  afterAll(() => folder.remove())

  /** Fails for every error but those of the grammar. */
  const said = async (text: string | Uint8Array): Promise<Said> => {
    try {
      const file = await folder.readText(text)
      return { graph: file.graph, errors: [], text: file.warnings.join("\n") }
    } catch (error) {
      if (!isSecretError(error) || error.code !== "SCHEMA_V1") throw error
      return { graph: null, errors: error.details.errors as string[], text: `${error.message}${error.stack ?? ""}${JSON.stringify(error.details)}${error.help ?? ""}` }
    }
  }

  it.each([
    ["brackets", "[".repeat(MAX)],
    ["braces", "{a: ".repeat(60_000)],
    ["dashes", "- ".repeat(MAX / 2)],
    ["question marks", "? ".repeat(MAX / 2)],
    ["deep indentation", Array.from({ length: 500 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
    ["commas", `[${",".repeat(MAX - 1)}`],
    ["quotes", '"'.repeat(MAX)],
    ["anchors", "&a ".repeat(MAX / 3)],
    ["documents", "---\na\n".repeat(MAX / 6)],
    ["NUL", "\0".repeat(MAX)],
    ["one huge text", `${HEAD}${"a".repeat(MAX - 100)}`],
    ["forty thousand keys", HEAD + Array.from({ length: 40_000 }, (_, i) => `${i.toString(36)}: \n`).join("")],
    ["forty thousand equal keys", HEAD + "a: b\n".repeat(40_000)],
    ["colons", "a: ".repeat(80_000)],
    ["nothing", ""],
    ["a comment", "# nothing\n"],
    ["a number", "7"],
    ["a list", "- a\n"],
  ])("of %s is refused soon", async (_what, text) => {
    const started = performance.now()
    expect((await said(text)).errors.length).toBeGreaterThan(0)
    expect(performance.now() - started).toBeLessThan(12_000)
  }, 30_000)

  it("of more than 256 KiB, or no UTF-8, is not read", async () => {
    await expect(said("#".repeat(MAX + 1))).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("larger than 256 KiB") as string })
    await expect(said(new Uint8Array([0xff, 0xfe, 0x41]))).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("no text in UTF-8") as string })
  })

  it("of aliases that stand for a billion words is refused where they begin", async () => {
    const laughs = Array.from({ length: 20 }, (_, i) => `  V${i}: &v${i} [${i === 0 ? "lol" : `*v${i - 1}, *v${i - 1}, *v${i - 1}`}]\n`)
    expect((await said(`${HEAD}variables:\n${laughs.join("")}`)).errors.filter((error) => error.includes("anchors and aliases are not read"))).toHaveLength(20)
  })

  it("of templates that a thousand jobs take over is refused before it fills the memory", async () => {
    const huge = `.t: {stage: ci, target: linux, script: ["${"x".repeat(150_000)}"]}\n`
    const jobs = Array.from({ length: 900 }, (_, i) => `j${i}: {extends: .t}\n`)
    expect((await said(HEAD + huge + jobs.join(""))).errors).toEqual([expect.stringContaining("let fewer jobs share so much")])
    const chain = Array.from({ length: 900 }, (_, i) => `.t${i}: {extends: .t${i + 1}, variables: {V${i}: x}}\n`)
    expect((await said(`${HEAD + chain.join("")}.t900: {}\nj: {extends: .t0, stage: ci, target: linux, script: [x]}\n`)).errors).toEqual([expect.stringContaining("let fewer jobs share so much")])
  })

  it("of jobs that all need one another is refused soon", async () => {
    const names = Array.from({ length: 200 }, (_, i) => `j${i}`)
    const { errors } = await said(HEAD + names.map((name) => `${name}: {stage: ci, target: linux, script: [x], needs: [${names.join(", ")}]}\n`).join(""))
    expect(errors).toEqual([expect.stringContaining("resolve needs cycle")])
    expect(errors.join("\n").length).toBeLessThan(50_000)
  })

  it("that names what objects inherit is read as any other", async () => {
    const { graph } = await said(`${HEAD}constructor: {stage: ci, target: linux, script: [x]}\nj: {stage: ci, target: linux, script: [x], needs: [constructor], variables: {__PROTO__: x}}\n`)
    expect(graph?.jobs.map(({ name, after }) => [name, ...after])).toEqual([["constructor"], ["j", "constructor"]])
    for (const key of ["__proto__", "hasOwnProperty", "toString"]) expect((await said(`${HEAD}j: {${key}: {}, stage: ci, target: linux, script: [x]}\n`)).errors).toHaveLength(1)
  })
})

const printed = (tree: unknown): string => stringify(tree, { aliasDuplicateObjects: false })

const TEXT = fc.string({ unit: "grapheme" })

const JOB = fc.record(
  {
    stage: fc.constant("ci"),
    target: fc.constant("linux"),
    script: fc.array(TEXT.filter((text) => text.trim() !== ""), { minLength: 1, maxLength: 3 }),
    image: fc.constantFrom("node:24", { name: "busybox" }),
    variables: fc.dictionary(fc.constantFrom("A", "B", "C_1"), TEXT, { maxKeys: 3 }),
    secrets: fc.dictionary(fc.constantFrom("S", "T"), fc.record({ ref: fc.constantFrom("env://X", "op://V/i/f"), file: fc.boolean(), required: fc.boolean() }, { requiredKeys: ["ref"] })),
    needs: fc.constant([]),
    extends: fc.constant(".t"),
  },
  { requiredKeys: ["stage", "target", "script"] },
)

const TREE = fc.record({
  version: fc.constant("v1"),
  stages: fc.constant(["ci", "late"]),
  variables: fc.constant({ V: "x" }),
  default: fc.constant({ image: "node:24" }),
  ".t": fc.constant({ variables: { W: "y" }, secrets: { U: { ref: "env://U" } } }),
  j: JOB,
  k: JOB,
})

type Tree = Record<string, unknown>

/** Every place of a tree, as the keys that lead there. */
const placesOf = (node: unknown, path: string[] = []): string[][] => {
  if (typeof node !== "object" || node === null) return [path]
  return [path, ...Object.entries(node).flatMap(([key, value]) => placesOf(value, [...path, key]))]
}

const replaced = (node: unknown, [key, ...rest]: readonly string[], value: unknown): unknown => {
  if (key === undefined) return value
  if (Array.isArray(node)) return node.map((item: unknown, i) => (String(i) === key ? replaced(item, rest, value) : item))
  return Object.fromEntries(Object.entries(node as Tree).map(([name, item]) => [name, name === key ? replaced(item, rest, value) : item]))
}

const renamed = (node: unknown, path: readonly string[], to: string): unknown => {
  const [key, ...rest] = path
  if (Array.isArray(node)) return node.map((item: unknown, i) => (String(i) === key ? renamed(item, rest, to) : item))
  if (typeof node !== "object" || node === null) return node
  return Object.fromEntries(Object.entries(node).map(([name, item]) => (name === key ? [rest.length === 0 ? to : name, rest.length === 0 ? item : renamed(item, rest, to)] : [name, item])))
}

const shuffled = (node: unknown, turn: number): unknown => {
  if (Array.isArray(node) || typeof node !== "object" || node === null) return node
  const entries = Object.entries(node).map(([key, value]) => [key, shuffled(value, turn + 1)] as const)
  const cut = turn % Math.max(entries.length, 1)
  return Object.fromEntries([...entries.slice(cut), ...entries.slice(0, cut)].toReversed())
}

describe("any job file", () => {
  let folder: JobFolder
  beforeAll(() => {
    folder = openJobFolder()
  })
  afterAll(() => folder.remove())

  const read = async (text: string): Promise<JobGraph | string> => {
    try {
      const file = await folder.readText(text)
      expect(file.warnings.join()).not.toContain("Hunter2")
      return file.graph
    } catch (error) {
      if (!isSecretError(error) || error.code !== "SCHEMA_V1") throw error
      return `${error.message}${error.stack ?? ""}${JSON.stringify(error.details)}`
    }
  }

  const sorted = (graph: JobGraph | string): unknown =>
    typeof graph === "string" ? graph : graph.jobs.map((job) => ({ ...job, secrets: job.secrets.toSorted((a, b) => (a.name < b.name ? -1 : 1)) })).toSorted((a, b) => (a.name < b.name ? -1 : 1))

  it("that follows the grammar compiles, to the same whatever the order of its keys", async () => {
    await fc.assert(
      fc.asyncProperty(TREE, fc.nat(20), async (tree, turn) => {
        const graph = await read(printed(tree))
        expect(graph).toMatchObject({ version: "v1" })
        expect(sorted(await read(printed(shuffled(tree, turn))))).toEqual(sorted(graph))
      }),
      { numRuns: 100 },
    )
  })

  it("with anything anywhere gives a graph or faults, and never what it holds", async () => {
    const anything = fc.oneof(fc.constant(CANARY), fc.constant([CANARY]), fc.constant({ [CANARY]: CANARY }), fc.constant({ ref: CANARY }), fc.jsonValue({ maxDepth: 3 }))
    await fc.assert(
      fc.asyncProperty(TREE, anything, fc.nat(), fc.boolean(), async (tree, value, at, isKey) => {
        const places = placesOf(tree).filter((place) => !isKey || place.length > 0)
        const place = places[at % places.length] ?? []
        const text = printed(isKey ? renamed(tree, place, CANARY) : replaced(tree, place, value))
        const graph = await read(text)
        expect(typeof graph === "string" ? graph : "").not.toContain("Hunter2")
      }),
      { numRuns: 400 },
    )
  })

  it("with any bytes changed gives a graph or faults, and never what it holds", async () => {
    const pieces = fc.constantFrom("\t", "&a ", "*a", "!!str ", "<<: ", "---\n", "[", "{", '"', "'", "|", ">", "\0", "\ufeff", "\r", "%", "# ", ": ", "- ", "\ud800", `"${CANARY}"`, CANARY)
    await fc.assert(
      fc.asyncProperty(TREE, fc.array(fc.tuple(fc.nat(), pieces, fc.nat(3)), { minLength: 1, maxLength: 4 }), async (tree, edits) => {
        const text = edits.reduce((so, [at, piece, drop]) => so.slice(0, at % so.length) + piece + so.slice((at % so.length) + drop), printed(tree))
        const graph = await read(text)
        expect(typeof graph === "string" ? graph : "").not.toContain("Hunter2")
      }),
      { numRuns: 400 },
    )
  })
})
