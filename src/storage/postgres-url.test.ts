import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { parsePostgresUrl } from "./postgres-url.ts"

const clientOf = async (url: string) => (await parsePostgresUrl(url)).client

const REFUSED = { code: "invalid_argument" }

const refusalOf = (url: string): Promise<unknown> => parsePostgresUrl(url).catch((thrown: unknown) => thrown)

describe("a postgres:// URL", () => {
  it("names user, password, host, port and database, decoded", async () => {
    expect(await clientOf("postgres://an%40n:p%2Fw@localhost:5433/my%20db")).toMatchObject({
      user: "an@n",
      password: "p/w",
      host: "localhost",
      port: 5433,
      database: "my db",
    })
    expect(await clientOf("postgresql://[::1]/db")).toMatchObject({ host: "::1", database: "db", ssl: false })
    expect(await clientOf("postgres://ann@/db?host=/run/postgresql")).toMatchObject({
      user: "ann",
      host: "/run/postgresql",
      ssl: false,
    })
  })

  it("names a schema, sotto by default, which leads the search path of every connection", async () => {
    const { schema, client } = await parsePostgresUrl("postgres://localhost/db?schema=Team_1")
    expect(schema).toBe("Team_1")
    expect(client.options).toContain('-c search_path="Team_1"')
    expect((await parsePostgresUrl("postgres://localhost/db")).schema).toBe("sotto")
  })

  it.each(['a"b', "1a", "a b", "a;b", "a-b", "", "a".repeat(57), "ä"])("takes no schema like %j", async (schema) => {
    expect(await refusalOf(`postgres://localhost/db?schema=${encodeURIComponent(schema)}`)).toMatchObject(REFUSED)
  })

  it("keeps the settings that the operator added", async () => {
    expect((await clientOf("postgres://localhost/db?options=-c%20work_mem%3D1MB")).options).toMatch(
      /^-c work_mem=1MB -c search_path=/,
    )
    expect(await clientOf("postgres://localhost/db?application_name=jobs&connect_timeout=3")).toMatchObject({
      application_name: "jobs",
      connectionTimeoutMillis: 3_000,
    })
  })

  it.each(["localhost", "127.0.0.1", "127.8.9.1", "[::1]"])("speaks plainly to %s unless TLS is asked for", async (host) => {
    expect((await clientOf(`postgres://${host}/db`)).ssl).toBe(false)
    expect((await clientOf(`postgres://${host}/db?sslmode=require`)).ssl).toEqual({ rejectUnauthorized: true })
  })

  it.each(["db.example.com", "10.0.0.1", "[2001:db8::1]", "localhost.example.com", "127.0.0.1.example.com"])(
    "reaches %s over verified TLS only",
    async (host) => {
      for (const mode of ["", "?sslmode=require", "?sslmode=verify-ca", "?sslmode=verify-full"]) {
        expect((await clientOf(`postgres://${host}/db${mode}`)).ssl).toEqual({ rejectUnauthorized: true })
      }
      for (const mode of ["disable", "allow", "prefer", "no-verify", "off"]) {
        expect(await refusalOf(`postgres://${host}/db?sslmode=${mode}`)).toMatchObject(REFUSED)
      }
    },
  )

  it("reads the certificate authority and the client's certificate from files", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sotto-tls-"))
    const [ca, cert, key] = ["ca", "cert", "key"].map((name) => join(folder, name)) as [string, string, string]
    await Promise.all([ca, cert, key].map((path, i) => writeFile(path, `file ${i}`)))
    const files = `sslrootcert=${encodeURIComponent(ca)}&sslcert=${encodeURIComponent(cert)}&sslkey=${encodeURIComponent(key)}`
    expect((await clientOf(`postgres://db.example.com/db?${files}`)).ssl).toEqual({
      rejectUnauthorized: true,
      ca: "file 0",
      cert: "file 1",
      key: "file 2",
    })
    expect((await clientOf("postgres://db.example.com/db?sslrootcert=system")).ssl).toEqual({ rejectUnauthorized: true })
    const absent = encodeURIComponent(join(folder, "absent"))
    expect(await refusalOf(`postgres://db.example.com/db?sslrootcert=${absent}`)).toMatchObject(REFUSED)
    await rm(folder, { recursive: true })
  })

  it.each([
    "postgres://ann:canary@localhost/db?canary=canary",
    "postgres://ann:can?ary@local host/db",
    "postgres://ann:canary@localhost:99999/db",
    "postgres://ann:canary%ZZ@localhost/db",
    "postgres://ann:canary@localhost/db?port=canary",
    "postgres://ann:canary@localhost/db?connect_timeout=canary",
    "mysql://ann:canary@localhost/db",
    "canary",
  ])("that is wrong is refused without a word of it: %s", async (url) => {
    const error = (await refusalOf(url)) as Error
    expect(error).toMatchObject(REFUSED)
    expect(`${error.message}${error.stack ?? ""}${JSON.stringify(error)}`).not.toMatch(/canary|can\?ary/)
  })
})
