import { describe, expect, it } from "vitest"
import { SecretError, type SecretErrorCode } from "../base/errors.ts"
import { parseBoxReference, type BoxReference } from "../core/references/box-reference.ts"
import { createBoxProvider } from "./box.ts"
import { describeProvider } from "./describe-provider.ts"

const VALUE = "s3cr3t-VALUE-9"
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const setting = { env: {}, config: undefined }

describeProvider({ describe, it }, "box", async () => ({
  provider: createBoxProvider(async () => ({
    senderId: (sender) => sender,
    read: async ({ sender, name }) => {
      if (sender === "alice" && name === "API_KEY") return bytes(VALUE)
      throw new SecretError("not_found")
    },
  })),
  setting,
  present: { reference: "box://alice/API_KEY", value: bytes(VALUE) },
  absent: "box://alice/NOBODY",
  malformed: "box://alice",
}))

describe("box", () => {
  const ask = async (read: (reference: BoxReference) => Promise<Uint8Array>, references = ["box://alice/A"]) => {
    const provider = createBoxProvider(async () => ({ read, senderId: (sender) => (sender === "also-alice" ? "alice" : sender) }))
    const session = await provider.open({ ...setting, signal: new AbortController().signal })
    const answers = await session.resolve(references.map((reference) => provider.parse(reference)))
    return { calls: session.calls, answers: answers.map((answer) => ("value" in answer ? new TextDecoder().decode(answer.value.reveal()) : answer.problem.details.reason)), problems: JSON.stringify(answers) }
  }

  it.each([
    ["not_found", "entry_missing"],
    ["not_authentic", "not_authentic"],
    ["unauthorized", "auth_failed"],
    ["server_unreachable", "unreachable"],
    ["internal", "failed"],
  ] as [SecretErrorCode, string][])("says of %s that it is %s, and nothing of what the server said", async (code, reason) => {
    const { answers, problems } = await ask(() => Promise.reject(new SecretError(code, VALUE)))
    expect(answers).toEqual([reason])
    expect(problems).not.toContain(VALUE)
  })

  it("reads a one-time secret that is named several times once, however its sender is named", async () => {
    let left = 1
    const once = async (): Promise<Uint8Array> => {
      if (left-- > 0) return bytes(VALUE)
      throw new SecretError("not_found")
    }
    expect(await ask(once, ["box://alice/A", "box://alice/A", "box://also-alice/A"])).toMatchObject({ answers: [VALUE, VALUE, VALUE], calls: 1 })
  })

  it("says where to begin when there is no box", async () => {
    const provider = createBoxProvider(() => Promise.reject(new SecretError("not_found", VALUE, { help: "Open one: sotto box init" })))
    const opening = provider.open({ ...setting, signal: new AbortController().signal })
    await expect(opening).rejects.toMatchObject({ code: "SECRETS_PROVIDER_UNAVAILABLE", message: "there is no box of one's own here", help: "Open one: sotto box init" })
  })

  it("keeps a code and a passphrase from children", () => {
    const guarded = createBoxProvider(() => Promise.reject(new Error())).guardedVariables?.([], setting)
    expect(guarded).toEqual(expect.arrayContaining([{ name: "SOTTO_BOX_CODE", isSecret: true }, { name: "SOTTO_BOX_PASSPHRASE", isSecret: true }]))
  })
})

describe("a reference into a box", () => {
  it("names a sender and a secret", () => {
    expect(parseBoxReference("box://me/a%2Fb%40c")).toEqual({ sender: "me", name: "a/b@c" })
  })

  it.each(["box://", "box://alice", "box://alice/", "box:///A", "box://a/b/c", "box://a/b@2", "box://a#b/c", "box://a/%zz", "box://a/.."])("is not %s", (reference) => {
    expect(() => parseBoxReference(reference)).toThrow(expect.objectContaining({ code: "SECRETS_REF_INVALID" }))
  })
})
