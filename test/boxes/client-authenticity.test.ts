import fc from "fast-check"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { createMemoryState } from "../../src/boxes/client/state.ts"
import { createClient, SecretError, type BoxClient, type BoxClientOptions, type BoxState } from "../../src/boxes/index.ts"
import { authorshipBytes, saltContent, type Authorship } from "../../src/boxes/protocol/salt.ts"
import { openIdentity } from "../../src/boxes/client/identity.ts"
import { givenPair } from "../../src/boxes/client/keys.ts"
import { createMeddler, jsonAnswer, type Meddler } from "./meddling-fetch.ts"
import { createOriginalClient } from "./original-client.ts"
import { asymmetricDecrypt, asymmetricEncrypt, newSalt, newSecretKey, publicKeyOf, unsalt, type OriginalSealed } from "./original-crypto.ts"
import { startOriginalServer, type OriginalServer } from "./original-server.ts"

const ONE_MESSAGE = "What a box holds does not prove who wrote it, or is not what was written last."

let server: OriginalServer
let meddler: Meddler
beforeAll(async () => void (server = await startOriginalServer()))
afterAll(() => server.close())
beforeEach(() => void (meddler = createMeddler()))

const client = (options: Partial<BoxClientOptions> = {}): BoxClient => createClient({ serverURL: server.url, fetch: meddler.fetch, ...options })

const open = async (options: Partial<BoxClientOptions> = {}): Promise<BoxClient> => {
  const opened = client(options)
  await opened.ready
  return opened
}

const keysOf = ({ secretKeyHex, publicKeyHex }: BoxClient) => ({ secretKeyHex: secretKeyHex as string, publicKeyHex: publicKeyHex as string })

const again = (of: BoxClient, options: Partial<BoxClientOptions> = {}): BoxClient => client({ ...keysOf(of), ...options })

/** What the server would send in the place of the right answer. */
const answering = (route: string, answer: unknown): void => {
  meddler.change = (passing) => (passing.route === route ? jsonAnswer(answer) : undefined)
}

/** The answer to one call, as the server gives it. */
const recorded = async (route: string, work: () => Promise<unknown>): Promise<unknown> => {
  let found: unknown = null
  meddler.change = ({ route: at, answer }) => void (found = at === route ? answer : found)
  await work()
  meddler.change = null
  return found
}

const expectRefusal = async (work: Promise<unknown>): Promise<void> => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(SecretError)
  const { code, message, details, cause, help } = error as SecretError
  expect({ code, message, details, cause, help }).toEqual({ code: "not_authentic", message: ONE_MESSAGE, details: {}, cause: undefined, help: undefined })
}

const pair = async (): Promise<[BoxClient, BoxClient]> => {
  const [alice, bob] = await Promise.all([open(), open()])
  await bob.acceptSecretsFrom(alice)
  return [alice, bob]
}

/** Both layers, as a server makes them that knows the reader's id. */
const sealed = (reader: BoxClient, salted: string): OriginalSealed => {
  const inner = asymmetricEncrypt(salted, reader.id as string)
  return asymmetricEncrypt(newSalt() + JSON.stringify(inner), reader.id as string)
}

const signedBy = async (author: { secretKeyHex: string; publicKeyHex: string }, authorship: Partial<Authorship> & Pick<Authorship, "recipient">, content: string, from = author.publicKeyHex): Promise<string> => {
  const identity = await openIdentity(givenPair(author.secretKeyHex, author.publicKeyHex))
  const { counter = 5, created = 5, type = "text" } = authorship
  const sig = await identity.sign(authorshipBytes({ kind: "shared", sender: author.publicKeyHex, secretId: "name", counter, created, type, ...authorship }, content))
  return saltContent({ from, counter, created, type, sig }, content)
}

describe("what a server does to a box is refused", () => {
  it("W2: when it moves a value to another id", async () => {
    const alice = await open()
    await alice.setSecret("staging", "value")
    const answer = await recorded("getSecret", () => alice.getSecret("staging"))
    answering("getSecret", answer)
    expect(await alice.getSecret("staging")).toBe("value")
    await expectRefusal(alice.getSecret("production"))
  })

  it("W2: when it gives what one sender shared as another's, or as one's own", async () => {
    const [alice, bob] = await pair()
    const carol = await open()
    await bob.acceptSecretsFrom(carol)
    await alice.shareSecretTo(bob, "name", "value")
    const answer = await recorded("getSecretFrom", () => bob.getSecretFrom(alice, "name"))
    answering("getSecretFrom", answer)
    await expectRefusal(bob.getSecretFrom(carol, "name"))
    answering("getSecret", answer)
    await expectRefusal(bob.getSecret("name"))
  })

  it("when it gives one's own value as shared by oneself", async () => {
    const alice = await open()
    await alice.setSecret("name", "value")
    answering("getSecretFrom", await recorded("getSecret", () => alice.getSecret("name")))
    await expectRefusal(alice.getSecretFrom(alice, "name"))
  })

  it("when it gives a recipient what was meant for another", async () => {
    const [alice, bob] = await pair()
    const carol = await open()
    await carol.acceptSecretsFrom(alice)
    await alice.shareSecretTo(carol, "name", "for carol")
    const answer = (await recorded("getSecretFrom", () => carol.getSecretFrom(alice, "name"))) as OriginalSealed
    const { secretKeyHex } = keysOf(carol)
    const salted = asymmetricDecrypt(JSON.parse(unsalt(asymmetricDecrypt(answer, secretKeyHex))), secretKeyHex)
    answering("getSecretFrom", sealed(bob, salted))
    await expectRefusal(bob.getSecretFrom(alice, "name"))
  })

  it("W2: when it makes a value of its own, signed or not, in one layer or two", async () => {
    const [alice, bob] = await pair()
    const forger = { secretKeyHex: newSecretKey(), publicKeyHex: "" }
    forger.publicKeyHex = publicKeyOf(forger.secretKeyHex)
    const [recipient, sender] = [bob.id as string, alice.id as string]
    const forged = [
      newSalt() + "forged",
      await signedBy(forger, { recipient }, "forged"),
      await signedBy(forger, { recipient, sender }, "forged", sender),
      await signedBy(forger, { recipient, sender }, "forged"),
      (await signedBy(keysOf(alice), { recipient }, "value")) + "forged",
      await signedBy(keysOf(alice), { recipient, kind: "own" }, "forged"),
      await signedBy(keysOf(alice), { recipient, secretId: "other" }, "forged"),
      await signedBy(keysOf(alice), { recipient: sender }, "forged"),
    ]
    for (const salted of forged) {
      answering("getSecretFrom", sealed(bob, salted))
      await expectRefusal(bob.getSecretFrom(alice, "name"))
      answering("getSecretFrom", asymmetricEncrypt(salted, recipient))
      await expectRefusal(bob.getSecretFrom(alice, "name"))
    }
    answering("getSecretFrom", sealed(bob, await signedBy(keysOf(alice), { recipient }, "right")))
    expect(await bob.getSecretFrom(alice, "name")).toBe("right")
  })

  it("when what it signs in its own layer stands around something else", async () => {
    const [alice, bob] = await pair()
    const inner = JSON.stringify(asymmetricEncrypt(`${newSalt()}forged`, bob.id as string))
    answering("getSecretFrom", asymmetricEncrypt(await signedBy(keysOf(alice), { recipient: bob.id as string }, inner), bob.id as string))
    await expectRefusal(bob.getSecretFrom(alice, "name"))
  })

  it("W1: when it changes any bit of any layer", async () => {
    const alice = await open()
    await alice.setSecret("name", "value")
    const { secretKeyHex } = keysOf(alice)
    const outer = (await recorded("getSecret", () => alice.getSecret("name"))) as OriginalSealed
    const inner = JSON.parse(unsalt(asymmetricDecrypt(outer, secretKeyHex))) as OriginalSealed
    const flip = (text: string, bit: number): string => {
      const at = (bit >> 2) % text.length
      return text.slice(0, at) + (Number.parseInt(text[at] as string, 16) ^ (1 << (bit & 3))).toString(16) + text.slice(at + 1)
    }
    const parts = ["referencePointHex", "encryptedContentHex"] as const
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...parts), fc.nat(), async (part, bit) => {
        answering("getSecret", asymmetricEncrypt(newSalt() + JSON.stringify({ ...inner, [part]: flip(inner[part], bit) }), alice.id as string))
        const changed = await alice.getSecret("name").catch(({ code, message }: SecretError) => `${code}: ${message}`)
        // The top bit of a point is its sign, which the agreement does not look at.
        const isSign = part === "referencePointHex" && (bit >> 2) % 64 === 62 && (bit & 3) === 3
        expect(changed).toBe(isSign ? "value" : `not_authentic: ${ONE_MESSAGE}`)
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    ["nothing", {}],
    ["an empty text", { referencePointHex: "", encryptedContentHex: "" }],
    ["numbers", { referencePointHex: 1, encryptedContentHex: 2 }],
    ["no hexadecimal", { referencePointHex: "zz", encryptedContentHex: "zz" }],
    ["half a byte", { referencePointHex: "1", encryptedContentHex: "1" }],
    ["no point of the curve", { referencePointHex: `02${"00".repeat(31)}`, encryptedContentHex: "00".repeat(16) }],
    ["something cut short", { referencePointHex: publicKeyOf("12".repeat(32)), encryptedContentHex: "00".repeat(15) }],
  ])("when it answers with %s", async (_what, answer) => {
    const alice = await open({ allowUnsigned: ["12".repeat(32)] })
    meddler.change = ({ route }) => (route.startsWith("get") ? jsonAnswer(answer) : undefined)
    await expectRefusal(alice.getSecret("name", { allowUnsigned: true }))
    await expectRefusal(alice.getSecretSpace())
  })

  it("when there is no salt, or no JSON where a description should be", async () => {
    const alice = await open()
    answering("getSecret", asymmetricEncrypt("no NUL", alice.id as string))
    await expectRefusal(alice.getSecret("name", { allowUnsigned: true }))
    for (const text of ["no JSON", "5", "{}"]) {
      answering("getSecretSpace", asymmetricEncrypt(`\0${text}`, alice.id as string))
      await expectRefusal(alice.list())
    }
  })

  it("when it names a sender by what is no id, such as an alias or what steers a terminal", async () => {
    const alice = await open()
    for (const from of ["bob", "\u001b[2J", "A".repeat(64), "__proto__"]) {
      answering("getSecretSpace", asymmetricEncrypt(`\0{"secrets":{},"subSpaces":{${JSON.stringify(from)}:{"secrets":{"name":{}}}}}`, alice.id as string))
      await expectRefusal(alice.list())
    }
  })

  it("when it names bytes what is none", async () => {
    const [alice, bob] = await pair()
    answering("getSecretFrom", sealed(bob, await signedBy(keysOf(alice), { recipient: bob.id as string, type: "bytes" }, "?")))
    await expectRefusal(bob.getSecretFrom(alice, "name"))
  })
})

describe("an older value in the place of a newer one", () => {
  const rolledBack = async (alice: BoxClient): Promise<void> => {
    await alice.setSecret("name", "old")
    const answer = await recorded("getSecret", () => alice.getSecret("name"))
    await alice.setSecret("name", "new")
    answering("getSecret", answer)
  }

  it("W2: is refused by the client that wrote or read the newer one", async () => {
    const alice = await open()
    await rolledBack(alice)
    await expectRefusal(alice.getSecret("name"))
    const [carol, bob] = await pair()
    await carol.shareSecretTo(bob, "name", "old")
    const answer = await recorded("getSecretFrom", () => bob.getSecretFrom(carol, "name"))
    await carol.shareSecretTo(bob, "name", "new")
    expect(await bob.getSecretFrom(carol, "name")).toBe("new")
    answering("getSecretFrom", answer)
    await expectRefusal(bob.getSecretFrom(carol, "name"))
  })

  it("is refused by a later client with the same state, and cannot be told by one without", async () => {
    const state = createMemoryState()
    const alice = await open({ state })
    await rolledBack(alice)
    await expectRefusal(again(alice, { state }).getSecret("name"))
    expect(await again(alice).readSecret("name")).toMatchObject({ value: "old", freshness: "unknown" })
    meddler.change = null
    expect(await again(alice, { state }).readSecret("name")).toMatchObject({ value: "new", freshness: "newest" })
  })

  it("is called the newest only where something was known of it", async () => {
    const [alice, bob] = await pair()
    await alice.shareSecretTo(bob, "name", "value")
    const reader = again(bob, { state: createMemoryState() })
    expect((await reader.readSecretFrom(alice, "name")).freshness).toBe("unknown")
    expect((await reader.readSecretFrom(alice, "name")).freshness).toBe("newest")
  })

  it("is refused with the same counter, too", async () => {
    const [alice, bob] = await pair()
    const numbered = (value: string): Promise<string> => signedBy(keysOf(alice), { recipient: bob.id as string, counter: 7 }, value)
    answering("getSecretFrom", sealed(bob, await numbered("one")))
    expect(await bob.getSecretFrom(alice, "name")).toBe("one")
    answering("getSecretFrom", sealed(bob, await numbered("other")))
    await expectRefusal(bob.getSecretFrom(alice, "name"))
  })

  it("never comes from the writer itself: its counters rise although its clock stands or falls", async () => {
    let now = Date.now()
    const [alice, bob] = await pair()
    const writer = again(alice, { now: () => now })
    for (const value of [1, 2, 3]) {
      await writer.shareSecretTo(bob, "name", value)
      now -= 1_000
      expect(await bob.getSecretFrom(alice, "name")).toBe(value)
    }
    await Promise.all([4, 5, 6].map((value) => writer.setSecret("name", value)))
    expect(await writer.getSecret("name")).toBe(6)
  })

  it("is no fault where the newer one was written while the older one was on its way", async () => {
    const alice = await open()
    await alice.setSecret("name", "old")
    let older: unknown = null
    meddler.change = async ({ route, answer }) => {
      if (route !== "getSecret" || older !== null) return
      older = answer
      await alice.setSecret("name", "new")
    }
    expect(await alice.getSecret("name")).toBe("old")
    answering("getSecret", older)
    await expectRefusal(alice.getSecret("name"))
    meddler.change = null
    expect(await alice.getSecret("name")).toBe("new")
  })

  it("does not come about by two writes of which the first is slow", async () => {
    const alice = await open()
    const { fetch } = meddler
    let isFirst = true
    const slow = again(alice, {
      fetch: async (input, init) => {
        const isSlow = isFirst && (input as string).endsWith("/setSecret")
        if (isSlow) isFirst = false
        if (isSlow) await new Promise((resolve) => setTimeout(resolve, 100))
        return fetch(input, init)
      },
    })
    await Promise.all([slow.setSecret("name", "first"), slow.setSecret("name", "second")])
    expect(await slow.getSecret("name")).toBe("second")
  })

  it("is not called the newest by a client that forgets", async () => {
    const alice = await open()
    await alice.setSecret("name", "value")
    expect([(await alice.readSecret("name")).freshness, (await alice.readSecret("name")).freshness]).toEqual(["unknown", "unknown"])
  })
})

describe("a value that nobody signed", () => {
  it("is refused, unless its sender is named", async () => {
    const original = createOriginalClient({ serverURL: server.url })
    await original.ready
    const id = original.id as string
    const [alice, bob] = await pair()
    await bob.acceptSecretsFrom(id)
    await original.shareSecretTo(bob.id as string, "name", "value")
    await expectRefusal(bob.getSecretFrom(id, "name"))
    await expectRefusal(again(bob, { allowUnsigned: [alice] }).getSecretFrom(id, "name"))
    expect(await again(bob, { allowUnsigned: [original] }).readSecretFrom(id, "name")).toMatchObject({ value: "value", author: null, isSigned: false, createdAt: null, freshness: "unknown" })
    expect(await bob.getSecretFrom(id, "name", { allowUnsigned: true })).toBe("value")
    await expectRefusal(again(bob, { allowUnsigned: [id] }).getSecretFrom(id, "name", { allowUnsigned: false }))
  })

  it("is refused of a sender who has signed before, under whatever id, also by a later client with the same state", async () => {
    const [alice, bob] = await pair()
    const state = createMemoryState()
    const reader = again(bob, { state, allowUnsigned: [alice] })
    const original = createOriginalClient({ serverURL: server.url, ...keysOf(alice) })
    await original.shareSecretTo(bob.id as string, "older", "value")
    expect(await reader.getSecretFrom(alice, "older")).toBe("value")
    await alice.shareSecretTo(bob, "name", "value")
    expect(await reader.getSecretFrom(alice, "name")).toBe("value")
    await expectRefusal(reader.getSecretFrom(alice, "older"))
    await expectRefusal(again(bob, { state, allowUnsigned: [alice] }).getSecretFrom(alice, "older"))
  })

  it("is taken of oneself until that very id was signed: an owner moves over one by one", async () => {
    const original = createOriginalClient({ serverURL: server.url })
    await original.ready
    await original.setSecret("one", "value")
    await original.setSecret("other", "value")
    const id = original.id as string
    const alice = client({ secretKeyHex: original.secretKeyHex, publicKeyHex: id, allowUnsigned: [id] })
    await alice.setSecret("one", "signed")
    expect(await alice.getSecret("other")).toBe("value")
    await original.setSecret("one", "unsigned")
    await expectRefusal(alice.getSecret("one"))
  })
})

describe("the state of a client", () => {
  it("takes keys that can be names of files, and shows no secret", async () => {
    const kept = new Map<string, string>()
    const state: BoxState = { get: async (key) => kept.get(key), set: async (key, text) => void kept.set(key, text) }
    const alice = await open({ state })
    await alice.setSecret(`../${"long".repeat(100)}`, "plain-canary")
    await alice.acceptSecretsFrom(alice)
    await alice.shareSecretTo(alice, "name", "plain-canary")
    await alice.getSecretFrom(alice, "name")
    expect(kept.size).toBeGreaterThan(3)
    for (const key of kept.keys()) expect(key).toMatch(/^[a-z0-9.]{1,255}$/)
    expect(JSON.stringify([...kept])).not.toMatch(/canary|long/)
  })

  it("that fails, or holds something else, stops the work", async () => {
    const alice = await open()
    await alice.setSecret("name", "value")
    const states: BoxState[] = [
      { get: () => Promise.reject(new Error("full")), set: async () => undefined },
      { get: async () => undefined, set: () => Promise.reject(new Error("full")) },
      { get: async () => "{}", set: async () => undefined },
      { get: async () => "no JSON", set: async () => undefined },
    ]
    for (const state of states) await expect(again(alice, { state }).getSecret("name")).rejects.toMatchObject({ code: "storage_unavailable" })
  })
})
