import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Storage } from "../../src/core/ports/storage.ts"
import type { Transaction } from "../../src/core/context.ts"
import { createWorkflowsOver, type Workflows } from "../../src/workflow/create-workflows.ts"
import { BaseWorkflow, Transition, Workflow } from "../../src/workflow/index.ts"
import { createDatabases } from "../engines.ts"
import { openTestContext, type TestContext } from "../open-test-context.ts"

const freshDatabase = createDatabases()
const gate: { reached: () => void; opened: Promise<void> } = { reached: () => undefined, opened: Promise.resolve() }

class GrandchildWorkflow extends BaseWorkflow {
  async begin(): Promise<void> {}
  async go(): Promise<void> {}
}
Workflow({ name: "grandchild" })(GrandchildWorkflow)
Transition({ to: "waiting" })(GrandchildWorkflow.prototype, "begin")
Transition({ from: "waiting", to: "end", wait: true })(GrandchildWorkflow.prototype, "go")

class ChildWorkflow extends BaseWorkflow {
  async begin(): Promise<void> {
    gate.reached()
    await gate.opened
    await new GrandchildWorkflow().run({})
  }
  async go(): Promise<void> {}
}
Workflow({ name: "child" })(ChildWorkflow)
Transition({ to: "waiting" })(ChildWorkflow.prototype, "begin")
Transition({ from: "waiting", to: "end", wait: true })(ChildWorkflow.prototype, "go")

class ParentWorkflow extends BaseWorkflow {
  async begin(): Promise<void> {
    await new ChildWorkflow().run({}, { callback: { transition: "heard" } })
  }
  async heard(): Promise<void> {}
}
Workflow({ name: "parent" })(ParentWorkflow)
Transition({ to: "waiting" })(ParentWorkflow.prototype, "begin")
Transition({ from: "waiting", to: "waiting", wait: true })(ParentWorkflow.prototype, "heard")

/** The same storage, with something that happens before a run of this id is locked for the first time. */
const beforeLock = (storage: Storage, id: string, meanwhile: () => Promise<void>): Storage => {
  let isDone = false
  const around = (tx: Transaction): Transaction => ({
    one: async (name, params) => {
      if (name === "lockRun" && (params as { id: string }).id === id && !isDone) {
        isDone = true
        await meanwhile()
      }
      return tx.one(name, params)
    },
    all: (name, params) => tx.all(name, params),
    run: (name, params) => tx.run(name, params),
    runMany: (name, params) => tx.runMany(name, params),
  })
  return {
    engine: storage.engine,
    one: (name, params) => storage.one(name, params),
    all: (name, params) => storage.all(name, params),
    snapshot: (work) => storage.snapshot(work),
    watch: (listener) => storage.watch(listener),
    close: () => storage.close(),
    write: (work) => storage.write((tx) => work(around(tx))),
  }
}

describe("a family of runs on PostgreSQL", () => {
  let store: TestContext
  let workflows: Workflows

  beforeEach(async () => {
    store = await openTestContext(await freshDatabase("postgres"))
    workflows = createWorkflowsOver(store.ctx, { workflows: [ParentWorkflow, ChildWorkflow, GrandchildWorkflow] })
  })
  afterEach(async () => {
    await workflows.close()
    await store.close()
  })

  const runs = () => store.ctx.storage.all("listRuns", {})
  const runNamed = async (name: string) => (await runs()).find((run) => run.name === name)

  it("is cancelled with whom a child brings in at that moment", async () => {
    const { promise: reached, resolve } = Promise.withResolvers<void>()
    const { promise: opened, resolve: open } = Promise.withResolvers<void>()
    Object.assign(gate, { reached: resolve, opened })
    const { workflowId } = await workflows.start("parent")
    await reached
    const child = await runNamed("child")
    const storage = beforeLock(store.ctx.storage, child?.id ?? "", async () => {
      open()
      await workflows.idle()
    })
    const other = createWorkflowsOver({ ...store.ctx, storage }, { workflows: [] })
    await other.cancel(workflowId)
    await other.close()
    await workflows.idle()
    expect((await runs()).map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual(["child cancelled", "grandchild cancelled", "parent cancelled"])
  })

  it("is cancelled whoever ends at that moment, without a deadlock that anybody sees", async () => {
    Object.assign(gate, { reached: () => undefined, opened: Promise.resolve() })
    const parents = await Promise.all(Array.from({ length: 8 }, () => workflows.start("parent")))
    await workflows.idle()
    const children = (await runs()).filter(({ name }) => name === "child")
    const codeOf = (call: Promise<void>) => call.then(() => "done", (error: unknown) => (error as { code: string }).code)
    const codes = await Promise.all([...children.map(({ id }) => workflows.resume(id, "go")), ...parents.map(({ workflowId }) => workflows.cancel(workflowId))].map(codeOf))
    await workflows.idle()
    expect(codes.filter((code) => code !== "done" && code !== "request_closed")).toEqual([])
    expect((await runs()).filter(({ parentId }) => parentId === null).map(({ status }) => status)).toEqual(parents.map(() => "cancelled"))
  })
})
