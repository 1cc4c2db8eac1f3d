import { spawnSync } from "node:child_process"
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { originPath } from "../../src/cli/keepass-vault.ts"
import { bringPackages } from "../debian-package.ts"
import { openSotto, type Ran, type Sotto } from "./sotto.ts"

const PASSWORD = "a-master-password"
const VALUE = 's3cr3t-VALUE-9 "quoted" \\ ünïcode'
const missing = bringPackages("keepassxc-cli", ["keepassxc"])
if (missing !== null) process.stderr.write(`KeePass databases are not compared with KeePassXC here, only with those of test/fixtures/keepass: ${missing}\n`)

let sotto: Sotto
let work = ""
beforeAll(async () => {
  sotto = await openSotto()
  work = join(sotto.folder, "work")
  Object.assign(sotto.env, { PW: PASSWORD, V: VALUE })
})
afterAll(() => sotto.close())
afterEach(() => {
  for (const name of [".sotto", "p.kdbx", ".git", "theirs.kdbx", "key"]) rmSync(join(work, name), { recursive: true, force: true })
})

const keepass = (args: string, env: Record<string, string> = {}): Promise<Ran> => sotto.run(["provider", "keepass", ...args.split(" ")], { env })
const expectNoSecret = ({ stdout, stderr }: Ran): void => expect(stdout + stderr).not.toMatch(/a-master-password|VALUE-9/)

describe("sotto provider keepass", () => {
  it("loom F1, F3: vault create makes a file of 600, refuses a second, and writes over it with --force", async () => {
    expect(await keepass("vault create --vault-path local --database-path p.kdbx --password-from-env PW")).toMatchObject({ code: 0, stdout: "vault created: alias=local path=p.kdbx\n" })
    expect(statSync(join(work, "p.kdbx")).mode & 0o777).toBe(0o600)
    const before = readFileSync(join(work, "p.kdbx"))
    expect((await keepass("vault create --vault-path local --database-path p.kdbx --password-from-env PW")).code).toBe(5)
    expect(readFileSync(join(work, "p.kdbx"))).toEqual(before)
    expect((await keepass("vault create --vault-path local --database-path p.kdbx --password-from-env PW --force")).code).toBe(0)
    expect(readFileSync(join(work, "p.kdbx")).equals(before)).toBe(false)
  })

  it("loom F2: without anything that shall open it there is no file", async () => {
    const ran = await keepass("vault create --vault-path local --database-path p.kdbx")
    expect([ran.code, existsSync(join(work, "p.kdbx"))]).toEqual([2, false])
    expect(ran.stderr).toContain("--password-from-env NAME")
    expect((await keepass("vault create --vault-path local --database-path p.kdbx --password-from-env NOWHERE")).stderr).toContain("NOWHERE, which is to hold the password of the KeePass database, is not set")
    expect(existsSync(join(work, "p.kdbx"))).toBe(false)
  })

  it("loom F4: without --vault-path the vault is called as the git origin", async () => {
    const git = (...args: string[]) => spawnSync("git", args, { cwd: work })
    git("init", "-q")
    git("remote", "add", "origin", "git@h:g/p/r.git")
    expect((await keepass("vault create --password-from-env PW")).stdout).toBe("vault created: alias=g/p/r path=.sotto/keepass/G_P_R.kdbx\n")
    expect(lstatSync(join(work, ".sotto/keepass")).mode & 0o777).toBe(0o700)
    expect(spawnSync("git", ["status", "--porcelain", "--untracked-files=all"], { cwd: work, encoding: "utf8" }).stdout).not.toContain("kdbx")
  })

  it.each([
    ["git@h:g/p/r.git", "g/p/r"], ["https://user@h.example/g/r.git", "g/r"], ["ssh://git@h:2222/g/p/r", "g/p/r"], ["h:r.git/", "r"], ["", null], ["/srv/git/r.git", null],
  ])("takes from the origin %j the alias %j", (url, alias) => {
    expect(originPath(url)).toBe(alias)
  })

  it("loom F5, F6: an item that was created is found by a reference, listed without a value, and no password or value is printed", async () => {
    const created = await keepass("vault create --vault-path local --password-from-env PW")
    const line = "--vault-path local --password-from-env PW --item-path services/deploy --field"
    const made = await keepass(`item create ${line} password --value-from-env V`)
    expect(made.stdout).toBe("item field created: vault=local item=services/deploy field=password\n")
    const again = await keepass(`item create ${line} password --value-from-env V`)
    expect([again.code, again.stderr]).toEqual([5, "error: the item has a field of that name\nhelp: Use `sotto provider keepass item update`.\n"])
    const updated = await keepass(`item update ${line} password --value-from-env W`, { W: "second VALUE-9" })
    expect(updated.stdout).toBe("item field updated: vault=local item=services/deploy field=password\n")
    const listed = await keepass("item list --vault-path local --password-from-env PW")
    expect(listed.stdout).toBe("services/deploy  Password\n")
    const wrong = await keepass("item list --vault-path local --password-from-env V")
    expect([wrong.code, wrong.stderr]).toEqual([12, "error: the KeePass database does not open with this password and key file\n"])
    mkdirSync(join(work, ".sotto"), { recursive: true })
    writeFileSync(join(work, ".sotto/config.yml"), "providers: { keepass: { aliases: { local: { path: keepass/LOCAL.kdbx, passwordEnv: PW } } } }\n")
    const vaults = await keepass("vault list")
    expect(vaults.stdout).toBe("alias=local path=.sotto/keepass/LOCAL.kdbx\n")
    const ran = await sotto.run(["run", "-e", "T=keepass://local#deploy:password", "--", "sh", "-c", 'test "$T" = "second VALUE-9" && echo same; echo "$T"; env | grep -c PW='])
    expect(ran.stdout).toBe("same\n[REDACTED:SECRET_T]\n0\n")
    for (const each of [created, made, again, updated, listed, wrong, vaults, ran]) expectNoSecret(each)
  })

  it("loom F7: a variable that is not set changes nothing", async () => {
    await keepass("vault create --vault-path local --password-from-env PW")
    const before = readFileSync(join(work, ".sotto/keepass/LOCAL.kdbx"))
    for (const args of ["item create --vault-path local --password-from-env PW --item-path a --field f --value-from-env UNSET", "vault update --vault-path local --password-from-env PW --new-password-from-env UNSET", "item create --vault-path local --password-from-env PW --item-path a//b --field f --value-from-env V"])
      expect((await keepass(args)).code).toBeGreaterThan(0)
    expect(readFileSync(join(work, ".sotto/keepass/LOCAL.kdbx"))).toEqual(before)
  })

  it("vault update gives another password", async () => {
    await keepass("vault create --vault-path local --password-from-env PW")
    expect((await keepass("vault update --vault-path local --password-from-env PW --new-password-from-env V")).stdout).toBe("vault updated: alias=local path=.sotto/keepass/LOCAL.kdbx\n")
    expect((await keepass("item list --vault-path local --password-from-env PW")).code).toBe(12)
    expect((await keepass("item list --vault-path local --password-from-env V")).code).toBe(0)
  })

  it("a link in the place of a database is refused", async () => {
    symlinkSync("/etc/hostname", join(work, "p.kdbx"))
    expect((await keepass("vault create --vault-path local --database-path p.kdbx --password-from-env PW --force")).code).toBe(7)
    expect(lstatSync(join(work, "p.kdbx")).isSymbolicLink()).toBe(true)
  })
})

// Without KeePassXC the warning above says so, and the frozen files of src/providers/keepass/keepass.test.ts stand for it.
describe.skipIf(missing !== null)("KeePassXC", () => {
  const theirs = (args: string[], input = `${PASSWORD}\n`): string => {
    const { status, stdout, stderr } = spawnSync("keepassxc-cli", args, { cwd: work, input, encoding: "utf8" })
    if (status !== 0) throw new Error(`keepassxc-cli ${args[0]} ended with ${status}: ${stderr}`)
    return stdout
  }

  it("loom C11: reads what Sotto wrote, opened by a password and a key file", async () => {
    writeFileSync(join(work, "key"), "a key file of any bytes")
    const open = "--vault-path local --password-from-env PW --keyfile-from-env KEY"
    const env = { KEY: join(work, "key") }
    await keepass(`vault create ${open} --database-path p.kdbx`, env)
    await keepass(`item create ${open} --database-path p.kdbx --item-path services/deploy --field password --value-from-env V`, env)
    await keepass(`item create ${open} --database-path p.kdbx --item-path services/deploy --field token --value-from-env V`, env)
    await keepass(`item update ${open} --database-path p.kdbx --item-path services/deploy --field token --value-from-env W`, { ...env, W: "two\nlines" })
    expect(theirs(["show", "-q", "-s", "-k", "key", "-a", "Title", "-a", "Password", "-a", "token", "p.kdbx", "services/deploy"])).toBe(`deploy\n${VALUE}\ntwo\nlines\n`)
    expect(() => theirs(["show", "-q", "-k", "key", "p.kdbx", "services/deploy"], "wrong\n")).toThrow(/ended with 1/)
  })

  it("loom C11: makes what Sotto reads and writes, and reads it again", async () => {
    theirs(["db-create", "-q", "-p", "-t", "100", "theirs.kdbx"], `${PASSWORD}\n${PASSWORD}\n`)
    theirs(["mkdir", "-q", "theirs.kdbx", "services"])
    theirs(["add", "-q", "-p", "-u", "ci", "--url", "https://example.org", "theirs.kdbx", "services/deploy"], `${PASSWORD}\n${VALUE}\n`)
    const env = { SOTTO_KEEPASS_DB_THEIRS_PATH: "theirs.kdbx", SOTTO_KEEPASS_DB_THEIRS_PASSWORD_ENV: "PW" }
    const ran = await sotto.run(["run", "-e", "T=keepass://theirs#deploy:password", "-e", "U=keepass://theirs#deploy:username", "--", "sh", "-c", 'test "$T" = "$EXPECTED" && echo same; echo "$U"'], { env: { ...env, EXPECTED: VALUE } })
    expect(ran.stdout).toBe("same\n[REDACTED:SECRET_U]\n")
    expect((await keepass("item update --vault-path theirs --item-path services/deploy --field password --value-from-env W", { ...env, W: "changed" })).code).toBe(0)
    expect(theirs(["show", "-q", "-s", "-a", "Password", "-a", "UserName", "theirs.kdbx", "services/deploy"])).toBe("changed\nci\n")
  })
})
