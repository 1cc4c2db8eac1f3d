import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createBrowser } from "../../test/small-browser.ts"
import { grant } from "../../test/open-test-context.ts"
import { openTestServer, type Answer, type TestServer } from "../../test/open-test-server.ts"
import { createLink } from "../core/access/create-link.ts"
import { put } from "../core/put.ts"

let server: TestServer

beforeEach(async () => {
  server = await openTestServer()
})
afterEach(() => server.close())

const newCode = async (): Promise<string> => (await createLink(server.store.ctx, {})).code.reveal()

const cookieOf = ({ headers }: Answer): string => String(headers["set-cookie"]).split(";")[0] ?? ""

const signIn = async () => {
  const answer = await server.call("POST", "/session", { body: { code: await newCode() } })
  return { answer, headers: { cookie: cookieOf(answer), "x-sotto-session": answer.body.session as string } }
}

const submit = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  server.call("POST", `.${path}`, {
    body: new URLSearchParams(fields).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
  })

describe("a browser session", () => {
  it("comes in two halves: a cookie that no script reads, and one that no form sends", async () => {
    const { answer } = await signIn()
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({ principal: { kind: "person", id: "local" }, expiresAt: server.store.clock.now + 43_200_000 })
    const cookie = String(answer.headers["set-cookie"])
    expect(cookie).toMatch(/^sotto_80=[^;]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(cookie).not.toContain(answer.body.session)
  })

  it("opens with both halves and with neither alone", async () => {
    const { headers } = await signIn()
    expect((await server.call("GET", "/me", { headers })).body).toMatchObject({ principal: { id: "local" }, credential: "session" })
    expect((await server.call("GET", "/me", { headers: { cookie: headers.cookie } })).status).toBe(401)
    expect((await server.call("GET", "/me", { headers: { "x-sotto-session": headers["x-sotto-session"] } })).status).toBe(401)
  })

  it("ends", async () => {
    const { headers } = await signIn()
    expect(await server.call("DELETE", "/session", { headers })).toMatchObject({ status: 200, body: { success: true } })
    expect((await server.call("GET", "/me", { headers })).status).toBe(401)
  })

  it("is not what a token has", async () => {
    const token = await server.token([grant("*", "list")])
    expect((await server.call("DELETE", "/session", { token })).status).toBe(409)
  })

  it("has a cookie that the browser guards behind TLS", async () => {
    await server.close()
    server = await openTestServer({ settings: { publicUrl: new URL("https://secrets.example.com") } })
    const headers = { host: "secrets.example.com" }
    const answer = await server.call("POST", "/session", { body: { code: await newCode() }, headers })
    expect(String(answer.headers["set-cookie"])).toMatch(/^__Host-sotto=[^;]+; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/)
    expect(answer.headers["strict-transport-security"]).toBeDefined()
  })

  it("begins once per code, and never where a code is wrong", async () => {
    const code = await newCode()
    expect((await server.call("POST", "/session", { body: { code } })).status).toBe(201)
    expect((await server.call("POST", "/session", { body: { code } })).status).toBe(401)
    expect((await server.call("POST", "/session", { body: { code: "nonsense" } })).status).toBe(401)
    expect((await server.call("POST", "/session", { body: {} })).status).toBe(400)
  })
})

describe("a link", () => {
  it("carries its code in the fragment, which no server ever sees", async () => {
    const token = await server.token([grant("*", "admin")])
    const { status, body } = await server.call("POST", "/links", { token, headers: { host: "localhost" } })
    expect(status).toBe(201)
    expect(body.url).toBe(`http://localhost/#code=${body.code}`)
    expect((await server.call("POST", "/session", { body: { code: body.code } })).body.principal).toMatchObject({ kind: "person" })
  })
})

describe("the page", () => {
  it("says that this is Sotto, that it runs, and how to sign in", async () => {
    const { status, text, headers } = await server.call("GET", "./")
    expect(status).toBe(200)
    expect(headers["content-type"]).toBe("text/html; charset=utf-8")
    for (const words of ["<title>Sotto</title>", "is running", "Sign in", "sotto open"]) expect(text).toContain(words)
  })

  it("has no script and no style of its own inside", async () => {
    const { text } = await server.call("GET", "./")
    expect(text).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*src=)|javascript:/i)
    for (const [, path] of text.matchAll(/(?:src|href)="([^"]*)"/g)) expect((await server.call("GET", `.${path}`)).status).toBe(200)
  })

  it("has a script that takes the code out of the address, keeps its half, and signs out", async () => {
    await put(server.store.ctx, { name: "DEFAULT_KEY", value: "canary-value" })
    const { text, headers } = await server.call("GET", "./assets/sotto.js")
    expect(headers["content-type"]).toBe("text/javascript; charset=utf-8")
    const browser = createBrowser(server)
    await browser.visit(text, `#code=${await newCode()}`)
    expect(browser.address()).toBe("/")
    expect(browser.content()).toContain("DEFAULT_KEY")
    expect(browser.kept("sotto.session")).toMatch(/^[0-9A-Za-z]{43}$/)
    await browser.visit(text, "")
    expect(browser.content()).toContain("DEFAULT_KEY")
    await browser.submit("/sign-out")
    expect(browser.content()).toContain("Sign-in code")
    expect(browser.kept("sotto.session")).toBeUndefined()
  })

  it("works without a script: code, workspaces, names, never a value, sign out", async () => {
    await put(server.store.ctx, { name: "DEFAULT_KEY", value: "canary-value" })
    await put(server.store.ctx, { namespace: "acme", name: "ACME_KEY", value: "canary-value" })
    const signedIn = await submit("/sign-in", { code: (await newCode()).toLowerCase() })
    expect(signedIn.status).toBe(200)
    expect(signedIn.text).toContain("DEFAULT_KEY")
    expect(signedIn.text).toContain('value="acme"')
    const session = /name="session" value="([^"]+)"/.exec(signedIn.text)?.[1] ?? ""
    const cookie = cookieOf(signedIn)
    const other = await submit("/", { session, workspace: "acme" }, { cookie })
    expect(other.text).toContain("ACME_KEY")
    expect(other.text + signedIn.text).not.toContain("canary-value")
    expect((await submit("/", { session })).status).toBe(401)
    expect((await submit("/", { session: "" }, { cookie })).status).toBe(401)
    const out = await submit("/sign-out", { session }, { cookie })
    expect(out.text).toContain("Sign-in code")
    expect((await submit("/", { session }, { cookie })).status).toBe(401)
  })

  it("says so where a code is wrong", async () => {
    const { status, text } = await submit("/sign-in", { code: "<script>alert(1)</script>" })
    expect(status).toBe(401)
    expect(text).toContain('role="alert"')
    expect(text).not.toContain("alert(1)")
  })

  it("escapes names", async () => {
    await put(server.store.ctx, { name: `<img src=x onerror="alert('1')">&`, value: "x" })
    await put(server.store.ctx, { namespace: `"><b>`, name: "K", value: "x" })
    const { text } = await submit("/sign-in", { code: await newCode() })
    expect(text).toContain("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;")
    expect(text).toContain('value="&quot;&gt;&lt;b&gt;"')
    expect(text).not.toContain("<img")
  })

  it("takes forms from its own origin alone", async () => {
    expect((await submit("/sign-in", { code: await newCode() }, { origin: "http://evil.example" })).status).toBe(403)
    expect((await submit("/sign-in", { code: await newCode() }, { origin: "http://localhost" })).status).toBe(200)
  })

  it("leaves a person without permissions with an empty list", async () => {
    const code = (await createLink(server.store.ctx, { grants: [grant("acme", "use")] })).code.reveal()
    const { status, text } = await submit("/sign-in", { code })
    expect([status, text.includes("None yet")]).toEqual([200, true])
  })
})
