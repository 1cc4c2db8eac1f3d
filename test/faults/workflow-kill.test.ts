import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { contextOf } from "../../src/core/store-context.ts"
import { answerRequest } from "../../src/core/requests/answer-request.ts"
import { listRequests } from "../../src/core/requests/read-requests.ts"
import { openStore } from "../../src/store/index.ts"
import { createDatabases, K } from "../engines.ts"
import { hostRuns } from "./workflow-child.ts"

const freshDatabase = createDatabases()

describe.each(["sqlite file", "postgres"] as const)("a workflow whose process is killed on %s", (engine) => {
  const children: ChildProcess[] = []
  afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")))

  const startChild = (database: string, hang: string) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "workflow-child.ts")], { env: { PATH: process.env.PATH, SOTTO_TEST_DATABASE: database, SOTTO_TEST_HANG: hang }, stdio: ["ignore", "pipe", "inherit"] })
    children.push(child)
    let said = ""
    const reached = new Promise<void>((resolve) => child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes(`${hang}\n`)) resolve()
    }))
    return { child, reached }
  }

  it.each(["first", "second", "heard"])("in the middle of the step %s loses nothing and has nothing happen twice", async (hang) => {
    const database = await freshDatabase(engine)
    const before = await hostRuns(database, 60_000)
    await before.workflows.close() // it only makes the run
    const { workflowId } = await before.workflows.start("killed")
    await before.store.close()
    const { child, reached } = startChild(database, hang)
    const store = await openStore({ database, keys: `1:${K(1)}` }) // it only answers
    const ctx = contextOf(store)
    const answer = async (): Promise<void> => {
      for (;;) {
        const [request] = await listRequests(ctx, {})
        if (request !== undefined) return void (await answerRequest(ctx, { requestId: request.requestId, values: { A: "given by a person" } }))
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
    if (hang === "heard") await answer()
    await reached
    child.kill("SIGKILL")
    await once(child, "exit")
    const after = await hostRuns(database, 300)
    if (hang !== "heard") await answer()
    for (let status = "waiting"; status !== "completed"; ({ status } = await after.workflows.status(workflowId))) {
      expect(status).not.toBe("failed")
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const documents = await after.workflows.documents(workflowId)
    expect(documents.map(({ content }) => content.markdown)).toEqual(["first", "second", "heard"])
    const runs = await ctx.storage.all("listRuns", {})
    expect(runs.map(({ status, parentId }) => `${status} ${parentId === null ? "alone" : "child"}`).toSorted()).toEqual(["completed alone", "completed child"])
    expect(JSON.parse(runs.find(({ id }) => id === workflowId)?.state ?? "{}")).toEqual({ steps: ["first", "second", "heard"] })
    expect(await ctx.storage.all("listRequests", {})).toHaveLength(1)
    await after.workflows.close()
    await after.store.close()
    await store.close()
  })
})
