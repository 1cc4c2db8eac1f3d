import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio"
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js"
import { StdioClientTransport as OldStdio } from "@modelcontextprotocol/sdk/client/stdio.js"
import { StreamableHTTPClientTransport as OldHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import { ElicitationCompleteNotificationSchema, ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js"
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest"
import { createMcpHttp } from "../../src/agent/mcp/mcp-over-http.ts"
import { createToken } from "../../src/core/access/create-token.ts"
import { getOrThrow } from "../../src/core/get.ts"
import { put } from "../../src/core/put.ts"
import { createPairingCode } from "../../src/core/requests/pairing-code.ts"
import { listRequests } from "../../src/core/requests/read-requests.ts"
import { listen, type Listening } from "../../src/server/listen.ts"
import { openSotto } from "../cli/sotto.ts"
import { grant } from "../open-test-context.ts"
import { openTestServer, type TestServer } from "../open-test-server.ts"
import { answerInForm } from "./answer-in-form.ts"

const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"
const MODERN = { versionNegotiation: { mode: { pin: "2026-07-28" } } } as const
const ASK = { name: "request_secrets", arguments: { variables: [{ key: "A" }], reason: "to deploy" } }

interface Answer {
  isError?: boolean
  structuredContent?: { status: string; requestId?: string; url?: string; provided: string[] }
  content: { text: string }[]
}

describe("MCP over HTTP", () => {
  let server: TestServer
  let listening: Listening
  let token: string
  const clients: { close(): Promise<void> }[] = []

  const start = async (urlElicitationErrors = false): Promise<void> => {
    server = await openTestServer({ settings: { port: 0 }, mcp: createMcpHttp({ version: "1", urlElicitationErrors }) })
    listening = await listen(server.app, { port: 0 })
    token = (await createToken(server.store.ctx, { kind: "agent", name: "Claude", owner: "local", grants: [grant("default", "list", "use", "request")] })).token.reveal()
  }
  beforeEach(() => start())
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close()
    await server.close()
  })

  const connect = async (options: ConstructorParameters<typeof Client>[1], bearer = token, path = "/mcp"): Promise<Client> => {
    const client = new Client({ name: "test", version: "1" }, options)
    await client.connect(new StreamableHTTPClientTransport(new URL(listening.url + path), { requestInit: { headers: { authorization: `Bearer ${bearer}` } } }))
    clients.push(client)
    return client
  }
  const connectOld = async (capabilities: object): Promise<OldClient> => {
    const client = new OldClient({ name: "test", version: "1" }, { capabilities })
    await client.connect(new OldHttp(new URL(`${listening.url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${token}` } } }))
    clients.push(client)
    return client
  }
  const person = async (url: string, fields: Record<string, string>): Promise<string> => {
    const requestId = url.split("/").at(-1) as string
    const { code } = await createPairingCode(server.store.ctx, { requestId })
    return answerInForm(url, code.reveal(), fields)
  }

  it("agents 6: a client of 2026 that opens urls is asked for input, and its retry brings what was provided", async () => {
    const asked: { url: string; elicitationId?: string }[] = []
    const client = await connect({ ...MODERN, capabilities: { elicitation: { url: {} } } })
    client.setRequestHandler("elicitation/create", async ({ params }) => {
      asked.push(params as unknown as { url: string })
      expect(await person(asked[0]?.url ?? "", { "value.A": CANARY })).toBe("Stored")
      return { action: "accept" }
    })
    const answer = (await client.callTool(ASK)) as unknown as Answer
    expect(asked).toMatchObject([{ mode: "url", url: expect.stringContaining("/r/req_") as string }])
    expect(asked[0]).not.toHaveProperty("elicitationId")
    expect(answer.structuredContent).toMatchObject({ status: "provided", provided: ["A"] })
    expect(JSON.stringify(answer)).not.toContain(CANARY)
    expect((await getOrThrow(server.store.ctx, { name: "A" })).value).toBe(CANARY)
  })

  it("agents 7: a person who takes their time makes no error: pending with an id, and later what they gave", async () => {
    const client = await connect({ ...MODERN, capabilities: { elicitation: { url: {} } } })
    client.setRequestHandler("elicitation/create", async () => ({ action: "accept" }))
    const answer = (await client.callTool({ ...ASK, arguments: { ...ASK.arguments, waitMs: 50 } })) as unknown as Answer
    expect(answer.structuredContent).toMatchObject({ status: "pending", requestId: expect.any(String) as string })
    await person(answer.structuredContent?.url ?? "", { "value.A": CANARY })
    const later = (await client.callTool({ name: "get_secret_request", arguments: { requestId: answer.structuredContent?.requestId } })) as unknown as Answer
    expect(later.structuredContent).toMatchObject({ status: "provided" })
  })

  it("a call that is held answers as soon as the person is done", async () => {
    const client = await connect({ ...MODERN, capabilities: {} })
    const held = client.callTool({ ...ASK, arguments: { ...ASK.arguments, waitMs: 25_000 } }) as unknown as Promise<Answer>
    let found = await listRequests(server.store.ctx, {})
    while (found.length === 0) {
      await new Promise((resolve) => setImmediate(resolve)) // a store in memory alone never lets the call in
      found = await listRequests(server.store.ctx, {})
    }
    await person(`${listening.url}/r/${found[0]?.requestId}`, { "value.A": CANARY })
    expect((await held).structuredContent).toMatchObject({ status: "provided" })
  })

  it("a person who declines in the client has the request taken back", async () => {
    const client = await connect({ ...MODERN, capabilities: { elicitation: { url: {} } } })
    client.setRequestHandler("elicitation/create", async () => ({ action: "decline" }))
    expect(((await client.callTool(ASK)) as unknown as Answer).structuredContent).toMatchObject({ status: "cancelled" })
  })

  it("agents 11: a state that was changed, is another agent's or another tool's is invalid, and changes nothing", async () => {
    const call = async (params: object, bearer = token): Promise<{ result?: { requestState?: string; resultType?: string }; error?: { code: number } }> => {
      const _meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": { elicitation: { url: {} } },
      }
      const name = (params as { name: string }).name
      const response = await fetch(`${listening.url}/mcp`, {
        method: "POST",
        headers: {
          "content-type": "application/json", accept: "application/json, text/event-stream", authorization: `Bearer ${bearer}`,
          "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": name,
        },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { ...params, _meta } }),
      })
      return (await response.json()) as never
    }
    const first = await call(ASK)
    expect(first.result).toMatchObject({ resultType: "input_required" })
    const requestState = first.result?.requestState ?? ""
    expect(requestState).not.toBe("")
    const inputResponses = { form: { action: "accept" } }
    const other = (await createToken(server.store.ctx, { kind: "agent", name: "Other", owner: "local", grants: [grant("default", "list", "use", "request")] })).token.reveal()
    const flipped = `${requestState.slice(0, -3)}${requestState.at(-3) === "A" ? "B" : "A"}${requestState.slice(-2)}`
    const refused = [
      await call({ ...ASK, inputResponses, requestState: flipped }),
      await call({ ...ASK, inputResponses, requestState }, other),
      await call({ ...ASK, inputResponses, requestState: "nonsense" }),
    ]
    expect(refused.map(({ error }) => error?.code)).toEqual([-32602, -32602, -32602])
    expect(await listRequests(server.store.ctx, {})).toMatchObject([{ status: "pending" }])
    await person(`${listening.url}/r/${(await listRequests(server.store.ctx, {}))[0]?.requestId}`, { "value.A": CANARY })
    for (let i = 0; i < 2; i++) expect((await call({ ...ASK, inputResponses, requestState })).result).toMatchObject({ structuredContent: { status: "provided" } })
    expect(await getOrThrow(server.store.ctx, { name: "A" })).toMatchObject({ version: 1 })
  })

  it("agents 9: a client of 2025 gets a link, or the error -32042 where it is known to open it", async () => {
    const linked = (await (await connectOld({ elicitation: { url: {} } })).callTool(ASK)) as unknown as Answer
    expect(linked.structuredContent).toMatchObject({ status: "pending", url: expect.stringContaining("/r/req_") as string })
    for (const client of clients.splice(0)) await client.close()
    await server.close()
    await start(true)
    const client = await connectOld({ elicitation: { url: {} } })
    const error = (await client.callTool(ASK).catch((thrown: unknown) => thrown)) as { code: number; data: { elicitations: { mode: string; url: string }[] } }
    expect(error.code).toBe(-32042)
    expect(error.data.elicitations).toMatchObject([{ mode: "url", url: expect.stringContaining("/r/req_") as string }])
    await person(error.data.elicitations[0]?.url ?? "", { "value.A": CANARY })
    expect(((await client.callTool(ASK)) as unknown as Answer).structuredContent).toMatchObject({ status: "provided" })
  })

  it("agents 10: a client that can show nothing, or forms alone, gets a link and no error", async () => {
    for (const capabilities of [{}, { elicitation: {} }, { elicitation: { form: {} } }]) {
      const answer = (await (await connect({ ...MODERN, capabilities })).callTool(ASK)) as unknown as Answer
      expect(answer.isError ?? false).toBe(false)
      expect(answer.structuredContent).toMatchObject({ status: "pending", url: expect.any(String) as string, requestId: expect.any(String) as string })
    }
    expect(await listRequests(server.store.ctx, {})).toHaveLength(1)
  })

  it("agents 17: lists names of the workspace and nothing of a value", async () => {
    await put(server.store.ctx, { name: "A", value: CANARY })
    await put(server.store.ctx, { namespace: "other", name: "HIDDEN", value: CANARY })
    const client = await connect({ ...MODERN, capabilities: {} })
    const answer = (await client.callTool({ name: "get_secret_keys", arguments: {} })) as unknown as Answer
    expect(answer.structuredContent).toMatchObject({ keys: [{ key: "A", hasValue: true, use: [] }] })
    expect(JSON.stringify(answer)).not.toMatch(/CANARY|HIDDEN/)
  })

  it("agents 48: arguments of any kind get an answer that repeats nothing of them", async () => {
    const client = await connect({ ...MODERN, capabilities: {} })
    for (const args of [{ variables: CANARY }, { variables: [{ key: CANARY + " " }] }, { variables: [{ key: "A", format: CANARY }] }, { variables: [{ key: "A" }], waitMs: CANARY }]) {
      const answer = (await client.callTool({ name: "request_secrets", arguments: args })) as unknown as Answer
      expect(answer.isError).toBe(true)
      expect(answer.content[0]?.text).toMatch(/^invalid_argument/)
      expect(JSON.stringify(answer)).not.toContain(CANARY)
    }
    expect(await listRequests(server.store.ctx, {})).toEqual([])
  })

  it("agents 50: lets nobody in without a token of this store and its permissions, and says where to read about it", async () => {
    const post = (headers: Record<string, string>, path = "/mcp") =>
      fetch(listening.url + path, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
      })
    const metadata = `resource_metadata="${listening.url}/.well-known/oauth-protected-resource/mcp"`
    const none = await post({})
    expect([none.status, none.headers.get("www-authenticate")]).toEqual([401, `Bearer ${metadata}, scope="list use request"`])
    const elsewhere = await openTestServer()
    const foreign = await elsewhere.token([grant("*", "list", "use", "request")], "agent")
    await elsewhere.close()
    for (const bearer of ["nonsense", foreign]) {
      const refused = await post({ authorization: `Bearer ${bearer}` })
      expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, expect.stringContaining('error="invalid_token"') as string])
    }
    const lacking = await post({ authorization: `Bearer ${await server.token([grant("default", "request")], "agent")}` })
    expect([lacking.status, lacking.headers.get("www-authenticate")]).toEqual([403, expect.stringContaining('error="insufficient_scope"') as string])
    expect((await post({ authorization: `Bearer ${token}` }, "/mcp/other")).status).toBe(403)
    expect((await post({ authorization: `Bearer ${token}`, origin: "http://evil.example" })).status).toBe(403)
    const described = (await (await fetch(`${listening.url}/.well-known/oauth-protected-resource/mcp`)).json()) as object
    expect(described).toMatchObject({ resource: `${listening.url}/mcp`, bearer_methods_supported: ["header"] })
    expect(server.log.join()).not.toContain(token)
  })
})

describe("sotto mcp on stdio", async () => {
  const sotto = await openSotto()
  afterAll(() => sotto.close())
  const order = { command: process.execPath, args: [sotto.main, "mcp", "--name", "Claude on stdio"], env: sotto.env, stderr: "pipe" as const }
  const person = async (url: string, fields: Record<string, string>): Promise<string> => {
    const code = (await sotto.run(["requests", "code", url.split("/").at(-1) as string])).stdout.trim()
    return answerInForm(url, code, fields)
  }

  it("agents 6: serves the protocol of 2026 with its form on this machine", async () => {
    const client = new Client({ name: "test", version: "1" }, { ...MODERN, capabilities: { elicitation: { url: {} } } })
    await client.connect(new StdioClientTransport(order))
    client.setRequestHandler("elicitation/create", async ({ params }) => {
      expect(await person((params as unknown as { url: string }).url, { "value.A": CANARY })).toBe("Stored")
      return { action: "accept" }
    })
    const answer = (await client.callTool(ASK)) as unknown as Answer
    expect(answer.structuredContent).toMatchObject({ status: "provided" })
    await client.close()
    expect((await sotto.run(["get", "A"])).stdout).toBe(CANARY)
  })

  it("agents 8: a client of 2025 that opens urls is asked with an id, and told once when the form is done", async () => {
    const client = new OldClient({ name: "test", version: "1" }, { capabilities: { elicitation: { url: {} } } })
    await client.connect(new OldStdio(order))
    const asked: { url: string; elicitationId: string }[] = []
    const told: string[] = []
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      asked.push(params as never)
      return { action: "accept" }
    })
    client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => {
      told.push(params.elicitationId)
    })
    const calling = client.callTool({ ...ASK, arguments: { variables: [{ key: "B" }], waitMs: 25_000 } })
    while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(told).toEqual([])
    await person(asked[0]?.url ?? "", { "value.B": CANARY })
    expect(((await calling) as unknown as Answer).structuredContent).toMatchObject({ status: "provided" })
    await client.ping()
    expect(told).toEqual([asked[0]?.elicitationId])
    await client.close()
  })

  it("agents 10: a client of 2025 that shows nothing gets a link", async () => {
    const client = new OldClient({ name: "test", version: "1" }, { capabilities: {} })
    await client.connect(new OldStdio(order))
    const answer = (await client.callTool({ ...ASK, arguments: { variables: [{ key: "C" }] } })) as unknown as Answer
    expect(answer.structuredContent).toMatchObject({ status: "pending", url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/r\/req_/) as string })
    await client.close()
  })

  it("prints nothing but the protocol, and ends when its client leaves", async () => {
    const ran = await sotto.run(["mcp"], { input: `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } } })}\nnot json\n` })
    expect(ran.code).toBe(0)
    for (const line of ran.stdout.trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("jsonrpc", "2.0")
  })
})
