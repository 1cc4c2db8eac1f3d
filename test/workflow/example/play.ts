import { SecretsExampleWorkflow } from "./secrets-example.workflow.js"
import { createWorkflows } from "sotto/workflow"
import { openStore } from "sotto"

/** Starts the example, stores what it asks for, resumes it, and prints its last document. */
const play = async (): Promise<void> => {
  const store = await openStore({ database: "memory:", keys: `1:${Buffer.alloc(32, 1).toString("base64")}` })
  const workflows = createWorkflows({ store, workflows: [SecretsExampleWorkflow] })
  const { workflowId } = await workflows.start("secrets_example")
  const until = async (wanted: string): Promise<void> => {
    for (;;) {
      await workflows.idle()
      const { status, error } = await workflows.status(workflowId)
      if (status === wanted) return
      if (status === "failed") throw new Error(error ?? "failed")
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  await until("waiting")
  await store.put({ name: "EXAMPLE_API_KEY", value: "stored by somebody" })
  await workflows.resume(workflowId, "secretsSubmitted", { keys: ["EXAMPLE_API_KEY"] })
  await until("completed")
  console.log(JSON.stringify((await workflows.documents(workflowId)).at(-1)?.content))
  await workflows.close()
  await store.close()
}

void play()
