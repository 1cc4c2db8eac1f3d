import { spawnSync } from "node:child_process"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { EXIT_CODES } from "../../src/cli/exit-codes.ts"
import { ROOT } from "../architecture/manifest.ts"
import { openSotto, type Sotto } from "./sotto.ts"

interface Example {
  command: string
  output: string
}

/** Commands of the fenced blocks marked `console`, each with what the document shows of it. */
const examplesOf = (document: string): Example[] =>
  [...document.matchAll(/```console\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = "", ...lines] = part.split("\n")
        return { command, output: lines.join("\n").trimEnd() }
      }),
  )

/** Times, tokens, ids, codes, ports and the like differ from run to run. */
const settled = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, "<time>")
    .replaceAll(/sotto_[pase]_\w+/g, "<token>")
    .replaceAll(/#code=\S+/g, "<code>")
    .replaceAll(/\b\d\.\d s\b/g, "0.1 s")
    .replaceAll(/(receipts\/)\S+(\.json)/g, "$1<run>$2")
    .replaceAll(/req_[0-9A-Za-z]{22}/g, "<request>")
    .replaceAll(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/gm, "<code>")
    .replaceAll(/\b[0-9a-f]{64}\b/g, "<hex>")
    .replaceAll(/\b\d{5}(?: \d{5}){11}\b/g, "<safety number>")
    .replaceAll(/127\.0\.0\.1:\d+/g, "<address>")
    .replaceAll(/\b(?=\w+[0-9A-Z])(?=\w*[a-z])[0-9A-Za-z]{16}\b/g, "<id>") // one in twenty ids has no digit
    .replaceAll(/\b\d\d+ (records|events)/g, "<n> $1")
    .replaceAll(/Applied \d+ migrations/g, "Applied <n> migrations")
    .replaceAll(/^A key ring was made:.*\nBack this file up.*\n?/gm, "") // by whichever command comes first
    .replaceAll(/^\{"level".*\n?/gm, "")
    .replaceAll(/ +$/gm, "")
    .trimEnd()

describe("docs/cli.md", () => {
  let sotto: Sotto
  let page: string
  beforeAll(async () => {
    sotto = await openSotto()
    page = await readFile(join(ROOT, "docs", "cli.md"), "utf8")
    await installCommand(sotto)
    await serveBoxes(sotto)
  })
  afterAll(() => sotto.close())

  it("shows what its examples print", () => {
    expect(playExamples(sotto, page)).toBeGreaterThan(50)
  }, 120_000)

  it("has an example of every command, and names every option that examples use", async () => {
    const specs = await sotto.json<{ name: string; options: Record<string, unknown> }[]>(["help"])
    const commands = examplesOf(page).map(({ command }) => command)
    const missing = specs.map(({ name }) => name).filter((name) => !commands.some((command) => command.includes(`sotto ${name}`)))
    expect(missing).toEqual([])
    const options = new Set(specs.flatMap(({ options: own }) => Object.keys(own)))
    const used = commands.flatMap((command) => [...command.matchAll(/ --([a-z-]+)/g)].map(([, option = ""]) => option)).filter((option) => option !== "json")
    expect(used.filter((option) => !options.has(option))).toEqual([])
  })

  it("has every exit code", () => {
    const byExit = Map.groupBy(Object.entries(EXIT_CODES), ([, exit]) => exit)
    const rows = [...byExit].toSorted(([a], [b]) => a - b).map(([exit, codes]) => `| ${exit} | ${codes.map(([code]) => `\`${code}\``).join(", ")} |`)
    expect(page).toContain(["| 0 | none |", ...rows].join("\n"))
  })
})

describe.each(["references.md", "agents.md", "sandboxes.md", "boxes.md"])("docs/guide/%s", (name) => {
  it("shows what its examples print", async () => {
    const sotto = await openSotto()
    try {
      await installCommand(sotto)
      await serveBoxes(sotto)
      expect(playExamples(sotto, await readFile(join(ROOT, "docs", "guide", name), "utf8"))).toBeGreaterThan(0)
    } finally {
      await sotto.close()
    }
  }, 120_000)
})

/** A store of its own, which the examples of boxes talk to; it prints nothing that nobody would read. */
const serveBoxes = async (sotto: Sotto): Promise<void> => {
  const home = join(sotto.folder, "server")
  const env = { SOTTO_HOME: home, SOTTO_KEYS_FILE: join(home, "keyring"), SOTTO_BOXES: "on", SOTTO_BOXES_ANONYMOUS: "allow", SOTTO_LOG_LEVEL: "silent" }
  const { url } = await sotto.serve(env)
  Object.assign(sotto.env, { SOTTO_BOXES_URL: `${url}/boxes` })
}

const installCommand = async (sotto: Sotto): Promise<void> => {
  await mkdir(join(sotto.folder, "bin"))
  await writeFile(join(sotto.folder, "bin", "sotto"), `#!/bin/sh\nexec '${process.execPath}' '${sotto.main}' "$@"\n`, { mode: 0o755 })
}

const playExamples = (sotto: Sotto, page: string): number => {
  const examples = examplesOf(page)
  const env: Record<string, string> = { ...sotto.env, PATH: `${join(sotto.folder, "bin")}:${sotto.env.PATH}` }
  for (const { command, output } of examples) {
    const { stdout } = spawnSync("bash", ["--norc", "-c", `{ ${command}\n} 2>&1`], { cwd: join(sotto.folder, "work"), env, encoding: "utf8" })
    expect({ command, output: settled(stdout.replaceAll(join(sotto.folder, "home"), "~")) }).toEqual({ command, output: settled(output) })
    keepVariable(command, env)
  }
  return examples.length
}

/** `export NAME=VALUE` and `unset NAME` last to the next example. */
const keepVariable = (command: string, env: Record<string, string>): void => {
  const [, name = "", value] = /^(?:export|unset) (\w+)(?:='(.*)')?$/.exec(command) ?? []
  if (name === "") return
  if (value === undefined) delete env[name]
  else env[name] = value
}
