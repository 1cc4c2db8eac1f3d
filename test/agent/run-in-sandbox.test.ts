import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createToolsOver, type Tools } from "../../src/agent/create-tools.ts"
import { allowUse, showPolicy } from "../../src/core/policy/set-policy.ts"
import { CommandOrder, headOf, openPayload, sealPayload, type CommandBody } from "../../src/core/sandbox/messages.ts"
import { signStatement } from "../../src/core/sandbox/statement.ts"
import { parseArgs } from "../../src/core/use-case.ts"
import { fromBase64Url } from "../../src/crypto/base64url.ts"
import { signingKeyOf } from "../../src/crypto/ed25519.ts"
import { sealingKeysOf } from "../../src/crypto/hpke.ts"
import { openEnrolled, openTestStore, type TestSandbox, type TestStore } from "../remote/open-sandbox.ts"

const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"

describe("run_with_secrets in a sandbox", () => {
  let here: TestStore
  let one: TestSandbox
  let tools: Tools
  const failures: unknown[] = []

  beforeEach(async () => {
    here = await openTestStore()
    one = await openEnrolled(here)
    await here.set({ A_KEY: CANARY })
    await allowUse(here.alice, { name: "A_KEY", exec: { program: "/bin/echo", args: ["..."], network: "host", environment: "sandbox" }, approval: "never" })
    await here.sync()
    tools = createToolsOver(here.alice, { agent: { id: "agent-1", name: "Claude" }, holdMs: 0, onFailure: (_reference, error) => void failures.push(error) })
    failures.length = 0
  })
  afterEach(async () => {
    await one.close()
    await here.close()
  })

  const run = async (more: object = {}): Promise<{ text: string; isError: boolean }> => {
    const answer = await tools.call("run_with_secrets", { command: ["/bin/echo", "hello"], secrets: ["A_KEY"], environment: "sandbox", ...more })
    return { text: JSON.stringify(answer), isError: (answer as { isError?: boolean }).isError === true }
  }
  /** A daemon that answers a command with what it likes. */
  const lying = (lie: object | string): void => {
    const kept = JSON.parse(readFileSync(join(one.stateFolder, "identity.json"), "utf8")) as { sealing: string; signing: string }
    const [sealing, signing] = [sealingKeysOf(fromBase64Url(kept.sealing) as Uint8Array), signingKeyOf(fromBase64Url(kept.signing) as Uint8Array)]
    here.wire.meddle = async (call, pass) => {
      if (call.path === "hello") return pass(call)
      const { sealed, ...beside } = (call.body as { body: CommandBody }).body
      const { replyTo } = parseArgs(CommandOrder, await openPayload(sealing, sealed, beside))
      const head = headOf(beside.sandboxId)
      const honest = { exitCode: 0, signal: null, timedOut: false, stdout: "", stderr: "", truncated: { stdout: false, stderr: false }, binaryBytes: {}, masked: {}, durationMs: 1, warnings: [] }
      const end = typeof lie === "string" ? lie : { ...honest, ...lie }
      const answer = await sealPayload(fromBase64Url(replyTo) as Uint8Array, end, { ...head, id: beside.id })
      return signStatement("command end", { ...head, id: beside.id, error: null, sealed: answer }, signing)
    }
  }
  const suspendedAt = async (): Promise<number | undefined> => (await showPolicy(here.alice, { name: "A_KEY" })).policy?.suspendedAt

  it("runs what the policy allows there, and there alone", async () => {
    expect((await run()).text).toContain("hello")
    for (const more of [{ environment: undefined }, { environment: "elsewhere" }, { command: ["/bin/cat", one.file] }]) expect(await run(more)).toMatchObject({ isError: true, text: expect.stringContaining("forbidden") as string })
  })

  it("shows no value that a daemon brings in its answer", async () => {
    lying({ stdout: `it is ${CANARY}`, stderr: Buffer.from(CANARY).toString("base64"), warnings: [CANARY], signal: CANARY })
    const { text, isError } = await run()
    expect(isError).toBe(false)
    for (const form of [CANARY, Buffer.from(CANARY).toString("base64")]) expect(text).not.toContain(form)
  })

  it("tells nothing of an answer of another shape, not even where the daemon names its parts after a value", async () => {
    const other = "VALUE_OF_ANOTHER_SECRET_77c1"
    const lies = [{ [other]: 1 }, { masked: { [other]: "x" } }, { warnings: Array(1_000).fill(other) as string[] }, other, { stdout: other.repeat(2), exitCode: { [other]: 1 } }]
    for (const lie of lies) {
      lying(lie)
      const { text, isError } = await run()
      expect(isError).toBe(true)
      expect(text).not.toContain(other)
    }
    expect(JSON.stringify(failures.map((error) => [String(error), (error as Error).stack, error]))).not.toContain(other)
  })

  it("a daemon that lies about how often it masked suspends nothing with one command, nor anything that it was not given", async () => {
    await here.set({ OTHER: `${CANARY}-of-another` })
    for (const masked of [{ A_KEY: Number.MAX_SAFE_INTEGER, OTHER: 1_000 }, { A_KEY: 0 }]) {
      lying({ masked })
      expect(await run()).toMatchObject({ isError: false })
    }
    expect(await suspendedAt()).toBeUndefined()
    expect((await showPolicy(here.alice, { name: "OTHER" })).policy?.suspendedAt).toBeUndefined()
    lying({ masked: { A_KEY: 1 } })
    for (let i = 0; i < 4; i++) await run()
    expect(await suspendedAt()).toBe(here.store.clock.now)
  })
})
