import { existsSync, globSync, readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { withErrorTable } from "../scripts/error-table.ts"
import { commandFaults, namedCommands } from "./architecture/commands.ts"
import { ROOT } from "./architecture/manifest.ts"

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8")

const pages = ["README.md", "CONTEXT.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", ...globSync("docs/**/*.md", { cwd: ROOT })]

const brokenLinks = (page: string): string[] =>
  [...read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map((match) => match[1] ?? "")
    .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(ROOT, dirname(page), target)))

const existingCommands = (): string[] => {
  const files = globSync("src/cli/commands/*.ts", { cwd: ROOT }).map((path) => basename(path, ".ts")).filter((name) => !name.includes("."))
  // Until the first command is written, the documents describe what will be.
  return files.length > 0 ? files : pages.flatMap((page) => [...namedCommands(read(page))])
}

describe("the documents", () => {
  it.each(pages)("%s links only to files that exist", (page) => {
    expect(brokenLinks(page)).toEqual([])
  })

  it("list every error code with its meaning", () => {
    expect(withErrorTable(read("docs/errors.md"))).toBe(read("docs/errors.md"))
  })

  it("would notice a new error code", () => {
    expect(withErrorTable(read("docs/errors.md"), { brand_new: "Nobody knows it." })).not.toBe(read("docs/errors.md"))
  })

  it("name every command, and no other", () => {
    expect(commandFaults(existingCommands(), pages.map(read))).toEqual([])
  })

  it("would notice a command that only one side knows", () => {
    const page = "Run `sotto get NAME`, or:\n\n```sh\nnpx sotto rotate --dry-run\n```\n"
    expect([...namedCommands(page)]).toEqual(["get", "rotate"])
    expect(commandFaults(["get", "set"], [page])).toEqual(["sotto set is in no document", "documents speak of sotto rotate, which does not exist"])
  })
})
