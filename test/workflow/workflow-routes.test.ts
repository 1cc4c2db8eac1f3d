import { afterEach, beforeEach, expect, it } from "vitest"
import { createClient } from "../../src/client/create-client.ts"
import { listen, type Listening } from "../../src/server/listen.ts"
import { createServer } from "../../src/server/index.ts"
import { openStore, type SecretStore } from "../../src/store/index.ts"
import { createToken } from "../../src/core/access/create-token.ts"
import { contextOf } from "../../src/core/store-context.ts"
import { createWorkflows, SecretsRequestWorkflow, type Workflows } from "../../src/workflow/index.ts"
import { K } from "../engines.ts"
import { grant } from "../open-test-context.ts"

let store: SecretStore
let workflows: Workflows
let listening: Listening

beforeEach(async () => {
  store = await openStore({ database: "memory:", keys: `1:${K(1)}` })
  workflows = createWorkflows({ store, workflows: [SecretsRequestWorkflow] })
  listening = await listen(createServer({ store, workflows, settings: { port: 0, log: { level: "silent" } } }), { port: 0 })
})
afterEach(async () => {
  await listening.close()
  await workflows.close()
  await store.close()
})

const clientOf = async (name: string) => {
  const { token } = await createToken(contextOf(store), { kind: "service", name, grants: [grant("default", "list", "request")] })
  return createClient({ url: listening.url, token: token.reveal() })
}

it("loopstack B14, B15: a run is started, watched, resumed and cancelled over HTTP, by its owner alone", async () => {
  const [mine, others] = [await clientOf("mine"), await clientOf("others")]
  const { workflowId } = await mine.startWorkflow("default", "secrets_request", { variables: [{ key: "A" }] })
  await workflows.idle()
  expect(await mine.workflowStatus(workflowId)).toMatchObject({ status: "waiting", place: "requesting_secrets", availableTransitions: ["secretsSubmitted"] })
  expect(await mine.workflowDocuments(workflowId)).toMatchObject([{ name: "secret_request", content: { variables: [{ key: "A" }] } }])
  const refusals = [others.workflowStatus(workflowId), others.workflowDocuments(workflowId), others.resumeWorkflow(workflowId, "secretsSubmitted"), others.cancelWorkflow(workflowId)]
  const codes = (await Promise.allSettled(refusals)).map((each) => (each.status === "rejected" ? (each.reason as { code: string }).code : "served"))
  expect(codes).toEqual(["not_found", "not_found", "not_found", "not_found"])
  await expect(mine.resumeWorkflow(workflowId, "nothing")).rejects.toMatchObject({ code: "request_closed" })
  await store.put({ name: "A", value: "stored by another door" })
  await mine.resumeWorkflow(workflowId, "secretsSubmitted", { keys: ["A"] })
  await workflows.idle()
  expect(await mine.workflowStatus(workflowId)).toMatchObject({ status: "completed", result: { success: true, outcome: "stored", stored: ["A"], missing: [] } })
  const second = await mine.startWorkflow("default", "secrets_request", { variables: [{ key: "B" }] })
  await workflows.idle()
  await mine.cancelWorkflow(second.workflowId)
  expect(await mine.workflowStatus(second.workflowId)).toMatchObject({ status: "cancelled" })
  await expect(mine.startWorkflow("default", "unknown")).rejects.toMatchObject({ code: "not_found" })
})
