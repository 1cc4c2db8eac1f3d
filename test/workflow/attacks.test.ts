import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { revokeToken } from "../../src/core/access/revoke-token.ts"
import { authenticateToken } from "../../src/core/access/authenticate-token.ts"
import { createToken } from "../../src/core/access/create-token.ts"
import { rotate } from "../../src/core/rotate.ts"
import { createWorkflowsOver, type Workflows } from "../../src/workflow/create-workflows.ts"
import { BaseWorkflow, Transition, Workflow, type TransitionInput } from "../../src/workflow/index.ts"
import { openEditor, type DatabaseEditor } from "../database-editor.ts"
import { createDatabases } from "../engines.ts"
import { openTestContext, type TestContext } from "../open-test-context.ts"

const freshDatabase = createDatabases()

class ApprovalWorkflow extends BaseWorkflow<object, object> {
  async ask(): Promise<void> {}
  async approved(_state: object, input: TransitionInput): Promise<void> {
    this.setResult({ heard: input.data })
  }
}
Workflow({ name: "approval" })(ApprovalWorkflow)
Transition({ to: "asking" })(ApprovalWorkflow.prototype, "ask")
Transition({ from: "asking", to: "end", wait: true })(ApprovalWorkflow.prototype, "approved")

describe.each(["sqlite file", "postgres"] as const)("against somebody who writes to the database, on %s, workflows", (engine) => {
  let store: TestContext
  let workflows: Workflows
  let editor: DatabaseEditor
  let database: string
  const failures: unknown[] = []

  const open = (): Workflows => createWorkflowsOver(store.ctx, { workflows: [ApprovalWorkflow], onFailure: (_reference, error) => void failures.push(error) })

  beforeEach(async () => {
    database = await freshDatabase(engine)
    store = await openTestContext(database)
    editor = await openEditor(database)
    workflows = open()
  })
  afterEach(async () => {
    await workflows.close()
    await editor.close()
    await store.close()
    if (failures.length > 0) throw new Error("a step failed", { cause: failures.splice(0) })
  })

  const waiting = async (): Promise<string> => {
    const { workflowId } = await workflows.start("approval")
    await workflows.idle()
    expect(await workflows.status(workflowId)).toMatchObject({ status: "waiting" })
    return workflowId
  }
  it("hear nothing that Sotto did not say", async () => {
    await workflows.close()
    const { workflowId: id } = await workflows.start("approval")
    const input = JSON.stringify({ workflowId: id, status: "completed", hasError: false, errorMessage: null, data: { approved: "by nobody" } })
    await editor.run("INSERT INTO run_messages (id, run_id, transition, input, created_at, tag) VALUES (?, ?, 'approved', ?, 1, ?)", `resume:${id}:9`, id, input, Buffer.alloc(36, 1))
    workflows = open()
    await workflows.idle()
    expect(await workflows.status(id)).toMatchObject({ status: "waiting", place: "asking", result: null })
    await workflows.resume(id, "approved", { approved: "by a person" })
    await workflows.idle()
    expect(await workflows.status(id)).toMatchObject({ status: "completed", result: { heard: { approved: "by a person" } } })
  })

  it.each(["input", "transition", "run_id"])("hear no message whose %s was changed", async (column) => {
    const [id, other] = [await waiting(), await waiting()]
    await workflows.close()
    await workflows.resume(id, "approved", { approved: "no" })
    const changed = { input: JSON.stringify({ workflowId: id, status: "completed", data: { approved: "yes" } }), transition: "ask", run_id: other }[column] as string
    await editor.run(`UPDATE run_messages SET ${column} = ? WHERE run_id = ?`, changed, id)
    workflows = open()
    await workflows.idle()
    for (const each of [id, other]) expect(await workflows.status(each)).toMatchObject({ place: "asking", result: null })
  })

  it("go on after another process gave the store a new root, and hear then what was said before", async () => {
    const [said, unsaid] = [await waiting(), await waiting()]
    await workflows.close()
    await workflows.resume(said, "approved", { when: "before" })
    const other = await openTestContext(database)
    await rotate(other.ctx, { reencrypt: true })
    await other.close()
    await workflows.resume(unsaid, "approved", { when: "after" })
    workflows = open()
    await workflows.idle()
    expect(await workflows.status(said)).toMatchObject({ status: "completed", result: { heard: { when: "before" } } })
    expect(await workflows.status(unsaid)).toMatchObject({ status: "completed", result: { heard: { when: "after" } } })
  })

  it("act for no token whose revocation was taken back behind Sotto's back", async () => {
    const made = await createToken(store.ctx, { kind: "service", name: "t", grants: [{ pattern: "*", permissions: ["list", "request"] }] })
    const mine = workflows.as(await authenticateToken(store.ctx, made.token.reveal()))
    const { workflowId } = await mine.start("approval")
    await workflows.idle()
    await revokeToken(store.ctx, { id: made.id })
    await editor.run("UPDATE tokens SET revoked_at = NULL WHERE id = ?", made.id)
    await mine.resume(workflowId, "approved", {})
    await workflows.idle()
    expect(await mine.status(workflowId)).toMatchObject({ status: "failed", error: "unauthorized: Invalid or expired credentials" })
  })
})
