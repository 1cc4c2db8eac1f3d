import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { remove } from "../../src/core/remove.ts"
import { createWorkflowsOver } from "../../src/workflow/create-workflows.ts"
import { BaseWorkflow, createContainer, SyncSecretsTool, Transition, Workflow, type SyncSecretsResult } from "../../src/workflow/index.ts"
import { openEnrolled, openTestStore, type TestSandbox, type TestStore } from "./open-sandbox.ts"

/** As the published tool is used: injected by the constructor, called in a transition. */
class DeployWorkflow extends BaseWorkflow<{ call?: object }, object> {
  readonly syncSecrets: SyncSecretsTool
  constructor(syncSecrets: SyncSecretsTool) {
    super()
    this.syncSecrets = syncSecrets
  }
  async deploy(_state: object, { args }: { args: { call?: object } }): Promise<void> {
    const { data }: { data: SyncSecretsResult } = await this.syncSecrets.call(args.call ?? {})
    this.setResult(data)
  }
}
Workflow({ title: "Deploy" })(DeployWorkflow)
Transition({ to: "end" })(DeployWorkflow.prototype, "deploy")

describe("sync_secrets in a workflow", () => {
  let here: TestStore
  let one: TestSandbox | null
  let folder: string

  const run = async (call?: object) => {
    const workflows = createWorkflowsOver(here.alice, { workflows: [DeployWorkflow], resolve: createContainer(new Map([[DeployWorkflow, new DeployWorkflow(new SyncSecretsTool())]] as never)) })
    try {
      const { workflowId } = await workflows.start("deploy", call === undefined ? {} : { call })
      await workflows.idle()
      return await workflows.status(workflowId)
    } finally {
      await workflows.close()
    }
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sotto-deploy-"))
    here = await openTestStore(`file:${join(folder, "s.db")}`)
    one = null
  })
  afterEach(async () => {
    await one?.close()
    await here.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it("loopstack C1: gives { success, count: 0, message } where there is nothing to sync, and calls nobody", async () => {
    expect(await run()).toMatchObject({ status: "completed", result: { success: true, count: 0, message: "No secrets to sync" } })
    expect(here.wire.calls).toEqual([])
  })

  it("loopstack C2: gives { success, count } of what stands there, by {} alone", async () => {
    one = await openEnrolled(here)
    await here.set({ A_KEY: "a", B_KEY: "b" })
    expect((await run()).result).toEqual({ success: true, count: 2 })
    expect((await run({ target: "sandbox" })).result).toEqual({ success: true, count: 2 })
    expect(one.variables()).toEqual({ A_KEY: "a", B_KEY: "b" })
    expect(one.restarts).toHaveLength(1)
  })

  it("loopstack C3, C4, C6: fails the run with the reason where there is no environment, nobody is reached, or the arguments are others", async () => {
    await here.set({ A_KEY: "a" })
    expect(await run()).toMatchObject({ status: "failed", error: expect.stringContaining("No environment is connected to this workspace") as string })
    one = await openEnrolled(here)
    await one.close()
    expect(await run()).toMatchObject({ status: "failed", error: expect.stringContaining("Failed to connect to remote environment at 127.0.0.1") as string })
    expect(await run({ x: 1 })).toMatchObject({ status: "failed" })
    one = null
  })

  it("loopstack C13: counts nothing once the last secret is gone, which is taken away there too", async () => {
    one = await openEnrolled(here)
    await here.set({ A_KEY: "a" })
    await run()
    await remove(here.alice, { name: "A_KEY" })
    expect((await run()).result).toEqual({ success: true, count: 0 })
    expect(one.variables()).toEqual({})
    expect(one.restarts).toHaveLength(2)
  })
})
