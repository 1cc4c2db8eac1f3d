import { isSecretError, type SecretError } from "../base/errors.ts"
import type { Provider, ProviderAnswer, ProviderSession, ProviderSetting } from "../core/ports/provider.ts"

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
  /**
   * A setting in which the other side cannot be had, such as one without a credential, and words that no message may hold: the
   * credentials in it. Left out by providers that are always at hand.
   */
  unavailable?: { setting: Omit<ProviderSetting, "signal">; credentials?: readonly string[] }
}

type Describe = (name: string, body: () => void) => void
type It = (name: string, body: () => Promise<void>) => void

/**
 * What every provider promises, in words of the test library that is passed in.
 * @example describeProvider({ describe, it }, "vault", async () => ({ provider, setting, present, absent, malformed }))
 */
export const describeProvider = ({ describe, it }: { describe: Describe; it: It }, name: string, prepare: () => Promise<ProviderUnderTest>): void => {
  describe(`the provider ${name}`, () => {
    describeAnswers(it, prepare)
    describeRefusals(it, prepare)
    describeSessions(it, prepare)
  })
}

const describeAnswers = (it: It, prepare: () => Promise<ProviderUnderTest>): void => {
  it("gives the bytes as they are, in the order in which it was asked, also for one reference twice", async () => {
    const { present, absent, ...rest } = await prepare()
    const [first, second, third] = await ask(rest, [present.reference, absent, present.reference])
    assertSame(valueOf(first), present.value)
    assertSame(valueOf(third), present.value)
    assert(second !== undefined && "problem" in second, "what is not there has no value")
  })

  it("answers nothing when it is asked nothing", async () => {
    assert((await ask(await prepare(), [])).length === 0, "there is an answer for each reference and no more")
  })

  it("says of what is not there which of the codes it is and why, and repeats nothing", async () => {
    const { absent, ...rest } = await prepare()
    const problem = problemOf((await ask(rest, [absent]))[0])
    assert(["SECRETS_REF_NOT_FOUND", "SECRETS_REQUIRED_MISSING"].includes(problem.code), `its code is ${problem.code}`)
    assertReason(problem)
    assert(!saidBy(problem).includes(bodyOf(absent)), "the message repeats the reference")
  })

  it("prints a value as its marker", async () => {
    const { present, ...rest } = await prepare()
    const [answer] = await ask(rest, [present.reference])
    assert(answer !== undefined && "value" in answer, "there is a value")
    const value = new TextDecoder().decode(present.value)
    const printed = `${JSON.stringify(answer)}${String(answer.value)}`
    assert(![value, JSON.stringify(value).slice(1, -1)].some((shown) => printed.includes(shown)), "printing shows the value")
  })
}

const describeRefusals = (it: It, prepare: () => Promise<ProviderUnderTest>): void => {
  it("refuses text that is no reference, without contacting anybody", async () => {
    const { provider, malformed } = await prepare()
    for (const text of [malformed, `${provider.scheme}://`, `${provider.scheme}://CANARY\u0000`, `${provider.scheme}:CANARY`, "CANARY://CANARY", ""]) {
      const error = failureOf(() => provider.parse(text))
      assert(isSecretError(error) && error.code === "SECRETS_REF_INVALID", `the code of ${JSON.stringify(text)} is SECRETS_REF_INVALID`)
      assert(bodyOf(text) === "" || !saidBy(error).includes(bodyOf(text)), "the message repeats the text")
    }
  })

  it("reads a reference alike each time", async () => {
    const { provider, present } = await prepare()
    assert(JSON.stringify(provider.parse(present.reference)) === JSON.stringify(provider.parse(present.reference)), "it reads the text and nothing else")
  })

  it("says that the other side cannot be had, and nothing of a credential", async () => {
    const { provider, present, unavailable } = await prepare()
    if (unavailable === undefined) return
    const error = await unavailabilityOf(provider, unavailable.setting, present.reference)
    assert(error.code === "SECRETS_PROVIDER_UNAVAILABLE", `its code is ${error.code}`)
    assertReason(error)
    const said = `${saidBy(error)}${String(error.cause)}${JSON.stringify(error)}`
    assert(![...(unavailable.credentials ?? []), bodyOf(present.reference)].some((text) => said.includes(text)), "a message holds a credential or the reference")
  })

  it("names the variables that no child may inherit, whatever the settings are", async () => {
    const { provider, setting, present } = await prepare()
    for (const each of [setting, { env: {}, config: undefined }]) {
      const guarded = provider.guardedVariables?.([provider.parse(present.reference)], each) ?? []
      assert(guarded.every(({ name, isSecret }) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && typeof isSecret === "boolean"), "they are names of variables")
    }
  })
}

const describeSessions = (it: It, prepare: () => Promise<ProviderUnderTest>): void => {
  it("counts its calls, and closes more than once without a complaint", async () => {
    const { provider, setting, present } = await prepare()
    const session = await provider.open({ ...setting, signal: new AbortController().signal })
    const before = session.calls
    await session.resolve([provider.parse(present.reference)])
    assert(Number.isSafeInteger(before) && Number.isSafeInteger(session.calls) && session.calls >= before && before >= 0, "calls is a whole number that never shrinks")
    await session.close()
    await session.close()
  })

  it("keeps two sessions apart", async () => {
    const { provider, setting, present } = await prepare()
    const open = (): Promise<ProviderSession> => provider.open({ ...setting, signal: new AbortController().signal })
    const [one, two] = [await open(), await open()]
    await one.close()
    assertSame(valueOf((await two.resolve([provider.parse(present.reference)]))[0]), present.value)
    await two.close()
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

/** Thrown, or the answer to one reference: both say it. */
const unavailabilityOf = async (provider: Provider, setting: Omit<ProviderSetting, "signal">, reference: string): Promise<SecretError> => {
  try {
    return problemOf((await ask({ provider, setting }, [reference]))[0])
  } catch (error) {
    if (isSecretError(error)) return error
    throw error
  }
}

const bodyOf = (reference: string): string => reference.slice(reference.indexOf("://") + 3)

const saidBy = (error: SecretError): string => `${error.message}${error.help ?? ""}`

const valueOf = (answer: ProviderAnswer | undefined): Uint8Array => {
  assert(answer !== undefined && "value" in answer, "there is a value")
  return answer.value.reveal()
}

const problemOf = (answer: ProviderAnswer | undefined): SecretError => {
  assert(answer !== undefined && "problem" in answer && isSecretError(answer.problem), "there is a problem")
  return answer.problem
}

const assertReason = ({ details }: SecretError): void => assert(typeof details.reason === "string" && /^[a-z_]{1,40}$/.test(details.reason), "details.reason is a word")

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
