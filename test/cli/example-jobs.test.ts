import { cpSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ROOT } from "../architecture/manifest.ts"
import { openSotto, type Ran, type Sotto } from "./sotto.ts"

const SECRETS = {
  DEPLOY_TOKEN: 'tok "4711" \\ of the vault/ünïcode',
  STRIPE_KEY: "sk_live_51Habcdefghijkl",
  SENTRY_DSN: "https://key-4711@sentry.example/42",
}
const PASSWORD = "correct horse battery staple"

let sotto: Sotto
let work = ""
beforeAll(async () => {
  sotto = await openSotto()
  work = join(sotto.folder, "work")
  cpSync(join(ROOT, "examples/jobs"), work, { recursive: true })
  mkdirSync(join(sotto.folder, "bin"))
  symlinkSync(process.execPath, join(sotto.folder, "bin/node")) // whatever node the shell has
  Object.assign(sotto.env, { PATH: `${join(sotto.folder, "bin")}:/usr/bin:/bin`, EXAMPLE_VAULT_PASSWORD: PASSWORD, EXAMPLE_SENTRY_DSN: SECRETS.SENTRY_DSN })
})
afterAll(() => sotto.close())

const filesBelow = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)).filter((path) => statSync(path).isFile())

/** Every form in which the example prints a value. */
const formsOf = (value: string): string[] => [
  value, Buffer.from(value).toString("base64").replace(/=+$/, ""), Buffer.from(`user:${value}`).toString("base64url").slice(8, -2), Buffer.from(value).toString("hex"), encodeURIComponent(value), JSON.stringify(value).slice(1, -1),
]

const ok = async (args: string[], options?: Parameters<Sotto["run"]>[1]): Promise<Ran> => {
  const ran = await sotto.run(args, options)
  expect(ran).toMatchObject({ code: 0 })
  return ran
}

describe("examples/jobs", () => {
  it("prints secrets of KeePass, the store and the environment in six encodings, and nothing of them is seen or left", async () => {
    await ok(["provider", "keepass", "vault", "create", "--vault-path", "example", "--password-from-env", "EXAMPLE_VAULT_PASSWORD"])
    await ok(["provider", "keepass", "item", "create", "--vault-path", "example", "--item-path", "services/deploy", "--field", "token", "--value-from-env", "TOKEN"], { env: { TOKEN: SECRETS.DEPLOY_TOKEN } })
    await ok(["set", "STRIPE_KEY", "-w", "example", "--stdin"], { input: SECRETS.STRIPE_KEY })
    await ok(["trust", "--yes"])
    const ran = await ok(["jobs", "run", "--stream"])
    for (const name of Object.keys(SECRETS))
      for (const encoding of ["plain", "base64", "base64url", "hex", "url", "json"]) expect(ran.stdout).toMatch(new RegExp(`^print \\| ${name} ${encoding}: .*\\[REDACTED:SECRET_${name}\\]`, "m"))
    expect(ran.stdout).toContain("deploy | deployed; the token has")
    const left = filesBelow(join(work, ".sotto/runs"))
    expect(left.length).toBeGreaterThan(15)
    const everything = [ran.stdout, ran.stderr, ...left.map((path) => readFileSync(path, "utf8"))]
    for (const value of [...Object.values(SECRETS), PASSWORD]) for (const form of formsOf(value)) expect(everything.filter((text) => text.includes(form))).toEqual([])
    rmSync(join(work, ".sotto/runs"), { recursive: true })
  }, 60_000)
})
