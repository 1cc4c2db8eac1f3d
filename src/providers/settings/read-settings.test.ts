import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { readSettings } from "./read-settings.ts"

let home = ""
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "sotto-settings-")))
  mkdirSync(join(home, "repo/below"), { recursive: true })
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const write = (name: string, text: string): void => {
  mkdirSync(dirname(join(home, name)), { recursive: true })
  writeFileSync(join(home, name), text)
}

const read = () => readSettings({ HOME: home }, join(home, "repo/below"))

const alias = (fields: string): string => `providers:\n  keepass:\n    aliases:\n      team/app: { ${fields} }\n`

describe("settings of providers", () => {
  it("are empty where there is no file", async () => {
    expect(await read()).toEqual({ keepass: { aliases: {} }, op: {}, file: { folders: [] }, modules: {} })
  })

  it("loom B8: a user's path and password and a repository's key file come together in one alias", async () => {
    write(".sotto/config.yml", alias("path: vaults/a.kdbx, passwordEnv: TEAM_PASSWORD"))
    write("repo/.sotto/config.yml", `workspace: acme\n${alias("keyfileEnv: TEAM_KEYFILE")}`)
    expect((await read()).keepass.aliases).toEqual({
      "team/app": { path: join(home, ".sotto/vaults/a.kdbx"), passwordEnv: "TEAM_PASSWORD", keyfileEnv: "TEAM_KEYFILE" },
    })
  })

  it("takes the example of docs/guide/references.md from a user", async () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/guide/references.md"), "utf8")
    write(".sotto/config.yml", /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? "")
    expect(await read()).toEqual({
      keepass: { aliases: { "team/app": { path: join(home, ".sotto/keepass/TEAM_APP.kdbx"), passwordEnv: "TEAM_APP_PASSWORD", keyfileEnv: "TEAM_APP_KEYFILE" } } },
      op: { serviceAccountTokenEnv: "CI_OP_TOKEN" },
      file: { folders: [join(home, "secrets")] },
      modules: { shelf: join(home, "sotto/shelf.mjs") },
    })
  })

  it("loom B9: a repository's path is relative to the folder of its file", async () => {
    write("repo/.loom/config.yml", alias("path: v/a.kdbx"))
    expect((await read()).keepass.aliases["team/app"]?.path).toBe(join(home, "repo/.loom/v/a.kdbx"))
  })

  it("a repository names no path outside itself, also not through a link", async () => {
    for (const path of ["../../a.kdbx", "/etc/a.kdbx", "out/a.kdbx"]) {
      symlinkSync(home, join(home, "repo/out"))
      mkdirSync(join(home, "repo/.sotto"), { recursive: true })
      symlinkSync(home, join(home, "repo/.sotto/out"))
      write("repo/.sotto/config.yml", alias(`path: ${path}`))
      await expect(read()).rejects.toThrow(/outside its repository/)
      rmSync(join(home, "repo/out"))
      rmSync(join(home, "repo/.sotto/out"))
    }
  })

  it("a repository names neither folders to read from nor modules to run", async () => {
    write("repo/.sotto/config.yml", "providers: { modules: { v: ./m.mjs } }")
    await expect(read()).rejects.toThrow(/only the user's own file/)
    write("repo/.sotto/config.yml", "providers: { file: { folders: [a] } }")
    await expect(read()).rejects.toThrow(/only the user's own file/)
    write("repo/.sotto/config.yml", "")
    write(".sotto/config.yml", "providers: { modules: { v: ./m.mjs }, file: { folders: [keys] } }")
    expect(await read()).toMatchObject({ modules: { v: join(home, ".sotto/m.mjs") }, file: { folders: [join(home, ".sotto/keys")] } })
  })

  it("a credential in the place of a variable's name is refused, and not repeated", async () => {
    const pasted = ["ops_CANARYabc", "'my CANARY'", "CANARYhunter2", "CANARY7Z3XQ42KLMNOP9", `'${"CANARY_".repeat(20)}'`, '"CANARY\\n"']
    for (const text of pasted.flatMap((each) => [`providers: { op: { serviceAccountTokenEnv: ${each} } }`, alias(`passwordEnv: ${each}`)])) {
      write(".sotto/config.yml", text)
      const failure: unknown = await read().catch((error: unknown) => error)
      expect(String(failure)).toMatch(/must be the name of a variable/)
      expect(JSON.stringify(failure) + String(failure)).not.toContain("CANARY")
    }
  })

  it("a module cannot take the place of a provider of Sotto's own", async () => {
    for (const scheme of ["env", "op", "keepass", "sotto", "file"]) {
      write(".sotto/config.yml", `providers: { modules: { ${scheme}: ./m.mjs } }`)
      await expect(read()).rejects.toThrow(/scheme of Sotto's own/)
    }
  })

  it("the user's file must be the user's alone to write", async () => {
    write(".sotto/config.yml", "providers: {}")
    for (const mode of [0o660, 0o606]) {
      chmodSync(join(home, ".sotto/config.yml"), mode)
      await expect(read()).rejects.toMatchObject({ code: "unsafe_file" })
    }
    chmodSync(join(home, ".sotto/config.yml"), 0o644)
    expect((await read()).modules).toEqual({})
  })

  it("~/ is the home of the environment", async () => {
    write(".sotto/config.yml", "providers: { file: { folders: [~/keys, /etc/app] } }")
    expect((await read()).file.folders).toEqual([join(home, "keys"), "/etc/app"])
  })

  it("other keys, text that is no YAML, and aliases of YAML are refused", async () => {
    write(".sotto/config.yml", "providers: { op: { token: x } }")
    await expect(read()).rejects.toThrow(/config.yml: providers.op: has a key that means nothing there/)
    write(".sotto/config.yml", "providers: [")
    await expect(read()).rejects.toThrow(/is not YAML/)
    write(".sotto/config.yml", "providers: &a { op: { serviceAccountTokenEnv: T } }\nruntime: *a")
    await expect(read()).rejects.toThrow(/is not YAML/)
  })
})
