import { openStore } from "../../src/store/index.ts"
import { BaseWorkflow, createWorkflows, MarkdownDocument, SecretsRequestWorkflow, Transition, Workflow } from "../../src/workflow/index.ts"

/** Steps that tell of themselves; the one that `SOTTO_TEST_HANG` names never ends. */
export class KilledWorkflow extends BaseWorkflow<object, { steps?: string[] }> {
  async #step(name: string, { steps = [] }: { steps?: string[] }): Promise<{ steps: string[] }> {
    await this.documentStore.save(MarkdownDocument, { markdown: name })
    process.stdout.write(`${name}\n`)
    if (process.env.SOTTO_TEST_HANG === name) await new Promise(() => undefined)
    return { steps: [...steps, name] }
  }
  first(state: object): Promise<{ steps: string[] }> {
    return this.#step("first", state)
  }
  async second(state: object): Promise<{ steps: string[] }> {
    await new SecretsRequestWorkflow().run({ variables: [{ key: "A" }] }, { callback: { transition: "heard" }, show: "hidden" })
    return this.#step("second", state)
  }
  heard(state: object): Promise<{ steps: string[] }> {
    return this.#step("heard", state)
  }
}
Workflow()(KilledWorkflow)
Transition({ to: "one" })(KilledWorkflow.prototype, "first")
Transition({ from: "one", to: "two" })(KilledWorkflow.prototype, "second")
Transition({ from: "two", to: "end", wait: true })(KilledWorkflow.prototype, "heard")

/** Runs what is there until it is killed. */
export const hostRuns = async (database: string, leaseMs: number) => {
  const store = await openStore({ database, keys: `1:${Buffer.alloc(32, 1).toString("base64")}` })
  return { store, workflows: createWorkflows({ store, workflows: [KilledWorkflow], leaseMs }) }
}

const database = process.env.SOTTO_TEST_DATABASE
if (database !== undefined) {
  await hostRuns(database, 300)
  setInterval(() => undefined, 1_000)
}
