import { isSecretError } from "../base/errors.ts"
import type { Provider, ProviderAnswer, ProviderSetting } from "../core/ports/provider.ts"

/** What the suite needs from whoever tests a provider. */
export interface ProviderUnderTest {
  provider: Provider
  setting: Omit<ProviderSetting, "signal">
  /** A reference whose value is known. */
  present: { reference: string; value: Uint8Array }
  /** Well formed, and leads to nothing. */
  absent: string
  /** Text of its scheme that is no reference. */
  malformed: string
}

type Describe = (name: string, body: () => void) => void
type It = (name: string, body: () => Promise<void>) => void

/**
 * What every provider promises, in words of the test library that is passed in.
 * @example describeProvider({ describe, it }, "vault", async () => ({ provider, setting, present, absent, malformed }))
 */
export const describeProvider = ({ describe, it }: { describe: Describe; it: It }, name: string, prepare: () => Promise<ProviderUnderTest>): void => {
  describe(`the provider ${name}`, () => {
    it("gives the bytes as they are, in the order in which it was asked, also for one reference twice", async () => {
      const { present, absent, ...rest } = await prepare()
      const answers = await ask(rest, [present.reference, absent, present.reference])
      const [first, second, third] = answers
      assertSame(valueOf(first), present.value)
      assertSame(valueOf(third), present.value)
      assert(second !== undefined && "problem" in second, "what is not there has no value")
    })

    it("says of what is not there which of the codes it is and why, and repeats nothing", async () => {
      const { absent, ...rest } = await prepare()
      const [answer] = await ask(rest, [absent])
      assert(answer !== undefined && "problem" in answer, "what is not there has no value")
      const { problem } = answer
      assert(["SECRETS_REF_NOT_FOUND", "SECRETS_REQUIRED_MISSING"].includes(problem.code), `its code is ${problem.code}`)
      assert(typeof problem.details.reason === "string", "details.reason is a word")
      assert(!`${problem.message}${problem.help ?? ""}`.includes(bodyOf(absent)), "the message repeats the reference")
    })

    it("refuses text that is no reference, without contacting anybody", async () => {
      const { provider, malformed } = await prepare()
      const error = failureOf(() => provider.parse(malformed))
      assert(isSecretError(error) && error.code === "SECRETS_REF_INVALID", "its code is SECRETS_REF_INVALID")
      assert(!(error as Error).message.includes(bodyOf(malformed)), "the message repeats the text")
    })

    it("prints a value as its marker", async () => {
      const { present, ...rest } = await prepare()
      const [answer] = await ask(rest, [present.reference])
      const printed = JSON.stringify(answer !== undefined && "value" in answer ? answer.value : null)
      assert(!printed.includes(new TextDecoder().decode(present.value)), "JSON.stringify shows the value")
    })
  })
}

const ask = async ({ provider, setting }: Pick<ProviderUnderTest, "provider" | "setting">, references: readonly string[]): Promise<readonly ProviderAnswer[]> => {
  const session = await provider.open({ ...setting, signal: new AbortController().signal })
  try {
    return await session.resolve(references.map((reference) => provider.parse(reference)))
  } finally {
    await session.close()
  }
}

const bodyOf = (reference: string): string => reference.slice(reference.indexOf("://") + 3)

const valueOf = (answer: ProviderAnswer | undefined): Uint8Array => {
  assert(answer !== undefined && "value" in answer, "there is a value")
  return answer.value.reveal()
}

const failureOf = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    return error
  }
  return null
}

function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(`not so: ${sentence}`)
}

const assertSame = (found: Uint8Array, expected: Uint8Array): void =>
  assert(found.length === expected.length && found.every((byte, i) => byte === expected[i]), "the bytes are those that are stored")
