import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isPublicAddress } from "../../src/net/addresses.ts"
import { createTools, type Tools } from "../../src/agent/index.ts"
import { contextOf } from "../../src/core/store-context.ts"
import { createPairingCode } from "../../src/core/requests/pairing-code.ts"
import { createServer, listen, type Listening } from "../../src/server/index.ts"
import { openStore, type SecretStore } from "../../src/store/index.ts"
import { openTlsServer, type TlsServer } from "../agent/tls-server.ts"
import { missingChromium, openChromium } from "../chromium.ts"
import { K } from "../engines.ts"

const missing = missingChromium()
const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"
const HOST = "api.example.test"

/** Every file below a folder, as it stands on the disk. */
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)).filter((path) => lstatSync(path).isFile())

describe.skipIf(missing !== null)(`a scripted agent${missing === null ? "" : ` (skipped: ${missing})`}`, () => {
  let folder: string
  let store: SecretStore
  let listening: Listening
  let browser: Browser
  let page: Page
  let upstream: TlsServer
  let tools: Tools
  const log: string[] = []
  const transcript: string[] = []
  let before: string | undefined

  beforeAll(async () => {
    browser = await openChromium() // with a folder of its own: what a person typed is in their browser
    folder = mkdtempSync(join(tmpdir(), "sotto-loop-"))
    before = process.env.TMPDIR
    process.env.TMPDIR = folder
    upstream = await openTlsServer([HOST])
    upstream.answer = ({ headers }, response) => void response.setHeader("content-type", "application/json").end(JSON.stringify({ headers }))
    store = await openStore({ database: `file:${join(folder, "store.db")}`, keys: `1:${K(1)}`, audit: { reads: "on" } })
    const server = createServer({ store, settings: { port: 0, log: { level: "debug", destination: { write: (line) => void log.push(line) } } } })
    listening = await listen(server, { port: 0 })
    tools = createTools({
      store,
      agent: { id: "agent-1", name: "Claude" },
      formUrl: (requestId) => `${listening.url}/r/${requestId}`,
      holdMs: 0,
      network: { lookup: async () => [{ address: "127.0.0.1", family: 4 }], isAllowed: (address) => address === "127.0.0.1" || isPublicAddress(address), ca: upstream.ca },
    })
    page = await (await browser.newContext()).newPage()
  })
  afterAll(async () => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    await browser.close()
    await upstream.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** One call of the model's, and what it sees of it. */
  const turn = async (name: string, args: object): Promise<Record<string, unknown>> => {
    const [result] = await tools.dispatch([{ id: "call", name, args: JSON.stringify(args) }])
    transcript.push(JSON.stringify({ name, args, result }))
    return JSON.parse(result?.content ?? "{}") as Record<string, unknown>
  }
  const openForm = async (url: string): Promise<void> => {
    const { code } = await createPairingCode(contextOf(store), { requestId: url.split("/").at(-1) as string })
    await page.goto(url)
    await page.getByLabel("Code").fill(code.reveal())
    await page.getByRole("button", { name: "Open the request" }).click()
  }
  const allowCall = async (answer: Record<string, unknown>): Promise<void> => {
    await openForm(answer.url as string)
    await page.getByRole("button", { name: "Allow this call" }).click()
    await page.getByRole("heading", { level: 1, name: "Allowed" }).waitFor()
  }

  it("agents 49: lists, asks, runs a command and calls an API that echoes its headers, and the value is nowhere but in the store", async () => {
    expect(await turn("get_secret_keys", {})).toMatchObject({ keys: [] })
    const asked = await turn("request_secrets", {
      variables: [{ key: "API_KEY", description: "the key of the example API" }],
      reason: "to call the API",
      waitMs: 0,
      use: [
        { key: "API_KEY", exec: { program: "/bin/sh", args: ["-c", "*"] } },
        { key: "API_KEY", http: { host: `${HOST}:${upstream.port}`, methods: ["GET"], paths: ["/v1/**"], place: { in: "header", name: "authorization", template: "Bearer {value}" }, response: "body" } },
      ],
    })
    expect(asked).toMatchObject({ status: "pending" })
    await openForm(asked.url as string)
    await page.locator('textarea[name="value.API_KEY"]').fill(CANARY)
    await page.locator('input[name="use.0"]').check()
    await page.locator('input[name="use.1"]').check()
    await page.getByRole("button", { name: "Store" }).click()
    await page.getByRole("heading", { level: 1, name: "Stored" }).waitFor()
    expect(await turn("get_secret_request", { requestId: asked.requestId })).toMatchObject({ status: "provided", provided: ["API_KEY"] })
    expect(await turn("get_secret_keys", {})).toMatchObject({ keys: [{ key: "API_KEY", hasValue: true, use: ["exec", "http"] }] })

    const run = { command: ["/bin/sh", "-c", "echo $API_KEY; echo $API_KEY | od -An -tx1 | tr -d ' \\n'"], secrets: ["API_KEY"] }
    await allowCall(await turn("run_with_secrets", run))
    const ran = await turn("run_with_secrets", run)
    expect(ran).toMatchObject({ status: "done", exitCode: 0 })
    expect(ran.stdout).toContain("[REDACTED:SECRET_API_KEY]")

    const call = { key: "API_KEY", url: `https://${HOST}:${upstream.port}/v1/echo` }
    await allowCall(await turn("http_with_secrets", call))
    const called = await turn("http_with_secrets", call)
    expect(called).toMatchObject({ status: "done", httpStatus: 200 })
    expect(called.body).toContain("Bearer [REDACTED:SECRET_API_KEY]")
    expect(upstream.seen[0]?.headers.authorization).toBe(`Bearer ${CANARY}`)

    await listening.close()
    await store.close()
    const everywhere = [transcript.join("\n"), log.join("\n"), ...filesBelow(folder).map((path) => readFileSync(path, "latin1"))]
    expect(everywhere.length).toBeGreaterThan(2)
    const forms = [CANARY, CANARY.split("").toReversed().join(""), Buffer.from(CANARY).toString("hex"), Buffer.from(CANARY).toString("base64").slice(0, -4)]
    expect(everywhere.flatMap((text, i) => forms.filter((form) => text.includes(form)).map((form) => [i, form]))).toEqual([])
  })
})
