import { Client } from "@modelcontextprotocol/client"
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio"
import type Database from "better-sqlite3"
import { join } from "node:path"
import type { StoreContext } from "../src/core/context.ts"
import { eventRow } from "../src/core/event.ts"
import { defineKeys } from "../src/core/key-ring-text.ts"
import type { RequestRow, RunRow } from "../src/core/ports/rows.ts"
import type { StatementName } from "../src/core/ports/statements.ts"
import { putMany } from "../src/core/put-many.ts"
import { answerRequest } from "../src/core/requests/answer-request.ts"
import { runTags } from "../src/core/row-tags.ts"
import { sqliteText } from "../src/storage/sql.ts"
import { statements } from "../src/storage/statements/statements.ts"
import { createWorkflowsOver, type Workflows } from "../src/workflow/create-workflows.ts"
import { SecretsRequestWorkflow } from "../src/workflow/index.ts"
import { openBare, VALUE, withContext, withFolder } from "./bench-store.ts"
import { makeRows } from "./fill.ts"
import { collectGarbage, compare, median } from "./measure.ts"
import { ratioAtMost, sottoAtMost, type BenchRow } from "./row.ts"

const LISTED = 20
const WAITING = 10_000
const RESUMED = 60
const REQUESTS = 1_000
const IDLE_MS = 3_000
const ROUNDS = 5

/** Listings over MCP, workflows that wait, and requests from their question to the end of the run that asked. */
export const runAgentsBench = async (): Promise<BenchRow[]> => [...(await listOverMcp()), ...(await waitInWorkflows()), ...(await askAndAnswer())]

const connect = async (file: string, args: string[], env: Record<string, string>): Promise<Client> => {
  const client = new Client({ name: "bench", version: "1" }, { capabilities: {} })
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [file, ...args], env, stderr: "ignore" }))
  return client
}

const listOverMcp = (): Promise<BenchRow[]> =>
  withFolder(async (folder) => {
    const keys = defineKeys({ 1: Buffer.alloc(32, 1).toString("base64") })
    await withContext({ database: `file:${join(folder, "store.db")}`, keys }, async ({ ctx }) => {
      await putMany(ctx, { secrets: Array.from({ length: LISTED }, (_, i) => ({ name: `KEY_${i}`, value: VALUE })) })
    })
    const env = { HOME: folder, PATH: process.env.PATH ?? "", SOTTO_DATABASE_URL: `file:${join(folder, "store.db")}`, SOTTO_KEYS: keys }
    const ours = await connect(join(import.meta.dirname, "..", "src", "cli", "main.ts"), ["mcp"], env)
    const bare = await connect(join(import.meta.dirname, "bare-mcp.ts"), [], env)
    const list = () => ours.callTool({ name: "get_secret_keys", arguments: {} })
    const same = JSON.stringify(await list())
    const { rates, ratios } = await compare([list, () => bare.callTool({ name: "empty", arguments: {} }), () => bare.callTool({ name: "same", arguments: { result: same } })], { rounds: 31, sliceMs: 100, burst: 5 })
    await ours.close()
    await bare.close()
    const row = (i: number, against: string): BenchRow => ({
      operation: "MCP on stdio: list keys", size: `${LISTED} keys`, unit: "us", against, sotto: 1e6 / (rates[0] as number), other: 1e6 / (rates[i] as number), ratio: 1 / (ratios[i] as number),
    })
    return [{ ...row(1, "an empty tool of the bare package"), limit: ratioAtMost(1.5) }, row(2, "a tool of it that answers the same")]
  })

const withWorkflows = <T>(path: string, work: (ctx: StoreContext, workflows: Workflows) => Promise<T>): Promise<T> =>
  withContext({ database: `file:${path}` }, async ({ ctx }) => {
    const workflows = createWorkflowsOver(ctx, { workflows: [SecretsRequestWorkflow] })
    try {
      return await work(ctx, workflows)
    } finally {
      await workflows.close()
    }
  })

const cpuMs = async (): Promise<number> => {
  collectGarbage()
  const before = process.cpuUsage()
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / IDLE_MS // thousandths of a thousandth: ms for each second
}

const waitInWorkflows = (): Promise<BenchRow[]> =>
  withFolder((folder) =>
    withWorkflows(join(folder, "store.db"), async (ctx, workflows) => {
      const { workflowId } = await workflows.start("secrets_request", { variables: [{ key: "FIRST" }] })
      await workflows.idle()
      const none = await cpuMs()
      await fillWaiting(ctx, workflowId)
      const many = await cpuMs()
      const delays: number[] = []
      for (let i = 0; i < RESUMED; i++) delays.push(await resumeOne(ctx, workflows, i))
      return [
        { operation: "workflows that wait: processor time in a second", size: `${WAITING} runs`, unit: "ms", against: "one run that waits", sotto: many, other: none, ratio: many / none, limit: sottoAtMost(5) },
        { operation: "workflows that wait: from the answer to the end of the run", size: `${WAITING} runs`, unit: "ms", against: "50 ms", sotto: median(delays), other: 50, ratio: median(delays) / 50, limit: sottoAtMost(50) },
      ]
    }),
  )

/** The same run many times, as it stands in the database. */
const fillWaiting = async (ctx: StoreContext, workflowId: string): Promise<void> => {
  const run = (await ctx.storage.one("findRun", { id: workflowId })) as RunRow
  const rows = Array.from({ length: WAITING }, (_, i): RunRow => {
    const facts = { ...run, id: `run_filled_${i}`, dueAt: (run.dueAt ?? 0) + 3_600_000 }
    return { ...facts, tag: runTags.seal(ctx.keys.current, facts) }
  })
  await ctx.storage.write((tx) => tx.runMany("insertRun", rows))
}

const requestOf = async (ctx: StoreContext, runId: string): Promise<RequestRow> => (await ctx.storage.all("listOpenRequestsOfRun", { runId }))[0] as RequestRow

const resumeOne = async (ctx: StoreContext, workflows: Workflows, i: number): Promise<number> => {
  const key = `RESUMED_${i}`
  const { workflowId } = await workflows.start("secrets_request", { variables: [{ key }] })
  await workflows.idle()
  const { id } = await requestOf(ctx, workflowId)
  await answerRequest(ctx, { requestId: id, values: { [key]: VALUE } })
  const answeredAt = performance.now()
  for (let status = ""; status !== "completed"; { status } = await workflows.status(workflowId)) await new Promise((resolve) => setImmediate(resolve))
  return performance.now() - answeredAt
}

const askAndAnswer = (): Promise<BenchRow[]> =>
  withFolder(async (folder) => {
    const own: number[] = []
    const other: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const path = join(folder, `store-${round}.db`)
      await withWorkflows(path, async (ctx, workflows) => {
        collectGarbage()
        const began = performance.now()
        for (let from = 0; from < REQUESTS; from += GROUP) await askGroup(ctx, workflows, from)
        own.push(performance.now() - began)
      })
      other.push(await bareWrites(join(folder, `bare-${round}.db`)))
    }
    return [
      {
        operation: "requests: asked by a run, answered, run ended", size: `${REQUESTS} requests`, unit: "ms", against: "the writes they need, three commits each",
        sotto: median(own), other: median(other), ratio: median(own.map((ms, i) => ms / (other[i] as number))), limit: ratioAtMost(3),
      },
    ]
  })

/** As many as one principal may have open at once, and some room. */
const GROUP = 10

/** Every run of the group asks, every question is answered, every run ends. */
const askGroup = async (ctx: StoreContext, workflows: Workflows, from: number): Promise<void> => {
  const ids: string[] = []
  for (let i = 0; i < GROUP; i++) ids.push((await workflows.start("secrets_request", { variables: [{ key: `KEY_${from + i}` }] })).workflowId)
  await workflows.idle()
  for (const [i, runId] of ids.entries()) await answerRequest(ctx, { requestId: (await requestOf(ctx, runId)).id, values: { [`KEY_${from + i}`]: VALUE } })
  for (const id of ids)
    while ((await workflows.status(id)).status !== "completed") {
      await new Promise((resolve) => setImmediate(resolve))
      await workflows.idle()
    }
}

/** The rows of one flow, again and again under other ids. @returns ms */
const bareWrites = (path: string): Promise<number> =>
  withWorkflows(path, async (ctx, workflows) => {
    await resumeOne(ctx, workflows, REQUESTS)
    const run = (await ctx.storage.all("listRuns", {}))[0] as RunRow
    const request = (await ctx.storage.all("listRequests", {}))[0] as RequestRow
    const secrets = await makeRows(ctx, 0, REQUESTS)
    const event = (type: "request_created") => eventRow({ type, at: 1, principal: ctx.actor.principal, namespace: "default", metadata: { requestId: request.id, kind: "values" } })
    const bare = openBare(path)
    const steps = stepsOf(bare, { run, request, secrets, event: event("request_created") })
    collectGarbage()
    const began = performance.now()
    for (let i = 0; i < REQUESTS; i++) for (const step of steps) step(i)
    const ms = performance.now() - began
    bare.close()
    return ms
  })

interface Rows {
  run: RunRow
  request: RequestRow
  secrets: Awaited<ReturnType<typeof makeRows>>
  event: object
}

const stepsOf = (bare: Database.Database, { run, request, secrets, event }: Rows): ((i: number) => unknown)[] => {
  const prepared = (name: StatementName) => {
    const statement = bare.prepare<[object]>(sqliteText(statements[name]))
    return (params: object): unknown => (statement.reader ? statement.get(params) : statement.run(params))
  }
  const [insertRun, insertRequest, appendEvent, insertSecret, insertVersion, updateRequest, insertMessage, deleteMessage, updateRun, insertDocument] = (
    ["insertRun", "insertRequest", "appendEvent", "insertSecret", "insertVersion", "updateRequest", "insertRunMessage", "deleteRunMessage", "updateRun", "insertRunDocument"] as const
  ).map(prepared) as ((params: object) => unknown)[]
  const call = (write: ((params: object) => unknown) | undefined, params: object | undefined): unknown => write?.(params ?? {})
  const ids = (i: number) => ({ runId: `run_bare_${i}`, requestId: `req_bare_${i}`, messageId: `m_${i}` })
  const ask = bare.transaction((i: number) => {
    call(insertRun, { ...run, id: ids(i).runId })
    call(insertRequest, { ...request, id: ids(i).requestId, openKey: ids(i).requestId })
    call(insertDocument, { id: `doc_${i}`, runId: ids(i).runId, number: 1, name: "secret_request", key: "k", place: "requesting_secrets", transition: "showForm", content: "{}", isCurrent: 1, createdAt: 1 })
    call(appendEvent, event)
    call(appendEvent, event)
  })
  const answer = bare.transaction((i: number) => {
    call(insertSecret, secrets[i]?.secret)
    call(insertVersion, secrets[i]?.version)
    call(updateRequest, { ...request, id: ids(i).requestId })
    call(insertMessage, { id: ids(i).messageId, runId: ids(i).runId, transition: "secretsSubmitted", input: "{}", createdAt: 1 })
    call(updateRun, { ...run, id: ids(i).runId })
    call(appendEvent, event)
    call(appendEvent, event)
  })
  const end = bare.transaction((i: number) => {
    call(deleteMessage, { id: ids(i).messageId })
    call(updateRun, { ...run, id: ids(i).runId })
    call(appendEvent, event)
  })
  return [ask, answer, end].map((step) => (i: number) => step.immediate(i))
}
