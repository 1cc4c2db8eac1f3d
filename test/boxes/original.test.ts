import { readFileSync } from "node:fs"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createOriginalClient, type OriginalClient, type OriginalClientOptions } from "./original-client.ts"
import * as original from "./original-crypto.ts"
import { startOriginalServer, type OriginalServer } from "./original-server.ts"

interface Named<Kind extends string> {
  name: string
  kind: Kind
}

type Vector =
  | (Named<"key"> & { secretKey: string; publicKey: string })
  | (Named<"signature"> & { secretKey: string; publicKey: string; content: string; sha256?: string; signature: string })
  | (Named<"x25519-private"> & { secretKey: string; x25519Private: string })
  | (Named<"x25519-public"> & { publicKey: string; x25519Public: string })
  | (Named<"shared-secret"> & { secretKey: string; publicKey: string; shared: string; sha512: string })
  | (Named<"symmetric"> & { key: string; content: string; encryptedContent: string })
  | (Named<"sealed"> & Sealing & { salt: string; encryptedContent: string })
  | (Named<"two-layers"> & Sealing & { innerSalt: string; outerSalt: string; innerEncryptedContent: string; outerEncryptedContent: string })
  | Named<"sealed-old">
  | (Named<"seed-to-key"> & { phrase: string; secretKey: string; publicKey: string })

interface Sealing {
  seed: string
  recipientSecretKey: string
  recipientPublicKey: string
  content: string
  referencePoint: string
}

const vectors: Vector[] = JSON.parse(readFileSync(new URL("../vectors/secret-manager.json", import.meta.url), "utf8")).vectors

const vectorsOf = <Kind extends Vector["kind"]>(kind: Kind): Extract<Vector, { kind: Kind }>[] =>
  vectors.filter((vector): vector is Extract<Vector, { kind: Kind }> => vector.kind === kind)

describe("the original's cryptography gives what the original gave", () => {
  it.each(vectorsOf("key"))("$name", ({ secretKey, publicKey }) => {
    expect(original.publicKeyOf(secretKey)).toBe(publicKey)
  })

  it.each(vectorsOf("signature"))("$name", ({ secretKey, publicKey, content, sha256, signature }) => {
    expect([original.sha256Hex(content), undefined]).toContain(sha256)
    expect(original.sign(content, secretKey)).toBe(signature)
    expect(original.verify(signature, publicKey, content)).toBe(true)
    expect(original.verify(signature, publicKey, `${content} `)).toBe(false)
  })

  it.each(vectorsOf("x25519-private"))("$name", ({ secretKey, x25519Private }) => {
    expect(original.x25519PrivateOf(secretKey)).toBe(x25519Private)
  })

  it.each(vectorsOf("x25519-public"))("$name", ({ publicKey, x25519Public }) => {
    expect(original.x25519PublicOf(publicKey)).toBe(x25519Public)
  })

  it.each(vectorsOf("shared-secret"))("$name", ({ secretKey, publicKey, shared, sha512 }) => {
    expect(original.sharedSecret(secretKey, publicKey)).toBe(shared)
    expect(original.sharedSecretHash(secretKey, publicKey)).toBe(sha512)
  })

  it.each(vectorsOf("symmetric"))("$name", ({ key, content, encryptedContent }) => {
    expect(original.symmetricEncrypt(content, key)).toBe(encryptedContent)
    expect(original.symmetricDecrypt(encryptedContent, key)).toBe(content)
  })

  it.each(vectorsOf("sealed"))("$name", ({ seed, recipientSecretKey, recipientPublicKey, salt, content, referencePoint, encryptedContent }) => {
    const sealed = original.asymmetricEncrypt(original.saltContent(content, salt), recipientPublicKey, seed)
    expect(sealed).toEqual({ referencePointHex: referencePoint, encryptedContentHex: encryptedContent })
    expect(original.unsalt(original.asymmetricDecrypt(sealed, recipientSecretKey))).toBe(content)
    expect(original.unsalt(original.asymmetricDecrypt({ referencePoint, encryptedContent }, recipientSecretKey))).toBe(content)
  })

  it.each(vectorsOf("two-layers"))("$name", (vector) => {
    const { seed, recipientSecretKey, recipientPublicKey, innerSalt, outerSalt, content, referencePoint } = vector
    const inner = original.asymmetricEncrypt(original.saltContent(content, innerSalt), recipientPublicKey, seed)
    expect(inner).toEqual({ referencePointHex: referencePoint, encryptedContentHex: vector.innerEncryptedContent })
    const outer = original.asymmetricEncrypt(original.saltContent(JSON.stringify(inner), outerSalt), recipientPublicKey, seed)
    expect(outer).toEqual({ referencePointHex: referencePoint, encryptedContentHex: vector.outerEncryptedContent })
    const opened = JSON.parse(original.unsalt(original.asymmetricDecrypt(outer, recipientSecretKey)))
    expect(original.unsalt(original.asymmetricDecrypt(opened, recipientSecretKey))).toBe(content)
  })

  it.each(vectorsOf("seed-to-key"))("$name", ({ phrase, secretKey, publicKey }) => {
    expect(original.seedToKey(phrase)).toBe(secretKey)
    expect(original.publicKeyOf(secretKey)).toBe(publicKey)
  })
})

describe("the original's cryptography", () => {
  it("salts with text that ends in its only NUL, of another length each time", () => {
    const salts = Array.from({ length: 50 }, original.newSalt)
    for (const salt of salts) expect(salt.indexOf("\0")).toBe(salt.length - 1)
    expect(new Set(salts.map((salt) => salt.length)).size).toBeGreaterThan(20)
  })

  it("refuses in the original's words", () => {
    const [secretKey, noPoint] = [original.newSecretKey(), `02${"00".repeat(31)}`]
    const signature = original.sign("words", secretKey)
    expect(() => original.unsalt("no NUL")).toThrow("No Salt termination found!")
    expect(() => original.asymmetricDecrypt({}, secretKey)).toThrow("Invalid secrets Object!")
    expect(() => original.asymmetricEncrypt("words", noPoint)).toThrow("Point.fromHex: invalid y coordinate")
    expect(() => original.verify(signature, noPoint, "words")).toThrow("Point.fromHex: invalid y coordinate")
    expect(() => original.verify(noPoint + signature.slice(64), original.publicKeyOf(secretKey), "words")).toThrow("Point.fromHex: invalid y coordinate")
    const outOfRange = signature.slice(0, 64) + "f".repeat(64)
    expect(() => original.verify(outOfRange, original.publicKeyOf(secretKey), "words")).toThrow("Expected valid scalar: 0 < scalar < max")
  })

  it("encrypts without authentication, so that a changed bit changes the plaintext", () => {
    const key = "00".repeat(48)
    const changed = (ciphertext: string): string => (Number.parseInt(ciphertext.slice(0, 2), 16) ^ 1).toString(16).padStart(2, "0") + ciphertext.slice(2)
    const content = `${"x".repeat(16)}100EUR`
    expect(original.symmetricDecrypt(changed(original.symmetricEncrypt(content, key)), key).slice(-6)).toBe("000EUR")
  })
})

const MINUTE_MS = 60_000
const START = 1_661_580_000_000
const OPENING_CODE = "deadbeef".repeat(8)
const SERVER_ID_CODE = "deadbeefcafebabe".repeat(4)

describe("the original's client and server", () => {
  let time: number
  let server: OriginalServer
  const now = (): number => time

  beforeEach(async () => {
    time = START
    server = await startOriginalServer({ now })
  })
  afterEach(async () => await server.close())

  const newClient = (options: OriginalClientOptions = {}): OriginalClient => createOriginalClient({ serverURL: server.url, now, ...options })

  const openClient = async (options: OriginalClientOptions = {}): Promise<OriginalClient & { id: string }> => {
    const client = newClient(options)
    await client.ready
    return client as OriginalClient & { id: string }
  }

  const keysOf = ({ secretKeyHex, publicKeyHex }: OriginalClient): OriginalClientOptions => ({ secretKeyHex, publicKeyHex })

  const post = async (path: string, body: unknown, type = "application/json"): Promise<{ status: number; text: string }> => {
    const response = await fetch(server.url + path, { method: "POST", headers: { "content-type": type }, body: typeof body === "string" ? body : JSON.stringify(body) })
    return { status: response.status, text: await response.text() }
  }

  /** A signed body, its signature before its nonce. */
  const signedBody = (route: string, fields: object, { secretKey, timestamp = START, nonce = 0 }: { secretKey: string; timestamp?: unknown; nonce?: number }): object => ({
    ...fields, timestamp, signature: original.sign(`/${route}${JSON.stringify({ ...fields, timestamp, nonce })}`, secretKey), nonce,
  })

  const errorOf = (text: string): { status: number; text: string } => ({ status: 401, text: `{"error":"Error on authenticateRequest! ${text}"}` })

  describe("a client", () => {
    it("of no keys makes some and opens with the public code", async () => {
      const client = newClient()
      expect([client.secretKeyHex, client.publicKeyHex, client.id]).toEqual([null, null, null])
      expect(await client.keysReady).toBe(true)
      expect(await client.ready).toEqual({ ok: true })
      expect(client.id).toBe(original.publicKeyOf(client.secretKeyHex as string))
      expect(Buffer.from(client.publicKeyBytes as Uint8Array).toString("hex")).toBe(client.publicKeyHex)
      expect(client.nonce).toBe(1)
    })

    it("of known keys asks nothing of the server", async () => {
      const client = newClient({ ...keysOf(await openClient()), closureDate: START })
      expect([client.keysReady, client.ready, client.nonce]).toEqual([true, true, 0])
    })

    it("of its own keys and a code opens a space, and once more only in a later bucket of time", async () => {
      const secretKeyHex = original.newSecretKey()
      const options = { secretKeyHex: `0x${secretKeyHex}`, publicKeyHex: original.publicKeyOf(secretKeyHex), authCode: OPENING_CODE }
      const client = newClient(options)
      expect(client.keysReady).toBe(true)
      expect(await client.ready).toEqual({ ok: true })
      await expect(newClient(options).ready).rejects.toThrow("Multiple use of signature detected!")
      time += 3 * MINUTE_MS
      expect(await newClient(options).ready).toEqual({ ok: true })
    })

    it("refuses keys in the original's words", () => {
      const [key, options] = ["a".repeat(64), (given: unknown) => given as OriginalClientOptions]
      const secretKey = "error occured in ensuring the correct format of secretKeyHex!\n: "
      expect(() => newClient({ secretKeyHex: "" })).toThrow(`${secretKey}Invalid length!`)
      expect(() => newClient({ secretKeyHex: new Uint8Array(31) })).toThrow(`${secretKey}Invalid length!`)
      expect(() => newClient({ secretKeyHex: key.toUpperCase() })).toThrow(`${secretKey}Non-hex character!`)
      expect(() => newClient(options({ secretKeyHex: 5 }))).toThrow(`${secretKey}Invalid type, hexString or Uint8Array expected!`)
      expect(() => newClient({ secretKeyHex: key, publicKeyHex: "zx00" })).toThrow("error occured in ensureing the correct format of publicKeyHex!\n: Invalid length!")
      expect(() => newClient({ authCode: "g".repeat(64) })).toThrow("error occured in ensureing the correct format of authCode!\n: Non-hex character!")
      expect(() => newClient({ secretKeyHex: key })).toThrow("The first argument must be of type string or an instance of Buffer")
      expect(() => createOriginalClient(options(undefined))).toThrow("Cannot read properties of undefined (reading 'secretKeyHex')")
      expect(newClient({ secretKeyHex: new Uint8Array(32).fill(0xaa), publicKeyHex: `zx${key}`, authCode: null }).secretKeyHex).toBe(key)
    })

    it("says what is wrong with the network", async () => {
      await expect(createOriginalClient({}).ready).rejects.toThrow("Network Error: Failed to parse URL from undefined/openSecretSpace")
      await expect(newClient({ serverURL: `${server.url}/` }).ready).rejects.toThrow("Network Error: Response not ok - status: 404! body: <!DOCTYPE html>")
      await expect(newClient({ authCode: "0".repeat(64) }).ready).rejects.toThrow(
        'Network Error: Response not ok - status: 401! body: {"error":"Error on authenticateRequest! Invalid AuthCode!"}',
      )
      const client = await openClient()
      await server.close()
      await expect(client.getSecret("a")).rejects.toThrow("Network Error: fetch failed")
    })

    it("sends what it signs through the given fetch, keys in order", async () => {
      const bodies: string[] = []
      const client = await openClient({ fetch: (url, init) => (bodies.push(init?.body as string), fetch(url, init)) })
      await client.acceptSecretsFrom(client)
      await client.shareSecretTo(client, "é", undefined)
      const keys = bodies.map((body) => Object.keys(JSON.parse(body)).join())
      expect(keys).toEqual([
        "authCode,publicKey,closureDate,timestamp,signature,nonce",
        "publicKey,fromId,closureDate,timestamp,signature,nonce",
        "publicKey,shareToId,secretId,secret,isOneTimeSecret,timestamp,signature,nonce",
      ])
      expect(bodies.map((body) => JSON.parse(body).nonce)).toEqual([0, 1, 2])
    })

    it("moves to another server with a code, and without one is of no use any more", async () => {
      const [client, other] = [await openClient(), await startOriginalServer({ now })]
      time += 3 * MINUTE_MS
      expect(await client.updateServerURL(other.url, OPENING_CODE)).toEqual({ ok: true })
      expect([client.serverURL, client.nonce]).toEqual([other.url, 1])
      const refusal = '{"error":"Error: The Number of parameters in the body, did not match the expected number. 6 vs 5"}'
      await expect(client.updateServerURL(server.url)).rejects.toThrow(`Response not ok - status: 400! body: ${refusal}`)
      await expect(client.getSecret("a")).rejects.toThrow(refusal)
      await other.close()
    })

    it("learns the server's id, and whether that is proven", async () => {
      const client = await openClient()
      expect(await client.getServerId(SERVER_ID_CODE)).toBe(server.id)
      await expect(client.getServerId(OPENING_CODE)).rejects.toThrow("status: 401!")
      const lying = async (changes: object): Promise<string> => {
        const liar = newClient({ ...keysOf(client), fetch: async (url, init) => Response.json({ ...((await (await fetch(url, init)).json()) as object), ...changes }) })
        return await liar.getServerId(SERVER_ID_CODE)
      }
      const prefix = "Error on authenticateResponse! Error: "
      await expect(lying({ timestamp: 0 })).rejects.toThrow(`${prefix}No Timestamp!`)
      await expect(lying({ signature: "" })).rejects.toThrow(`${prefix}No Signature!`)
      await expect(lying({ serverNodeId: null })).rejects.toThrow(`${prefix}No Public key!`)
      await expect(lying({ timestamp: START + 1 })).rejects.toThrow(`${prefix}Invalid Timestamp!`)
      await expect(lying({ timestamp: START + 3 * MINUTE_MS })).rejects.toThrow(`${prefix}Invalid Signature!`)
      await expect(lying({ serverNodeId: client.id })).rejects.toThrow(`${prefix}Invalid Signature!`)
      await expect(lying({ error: "no" })).rejects.toThrow("getSignedNodeId replied with error: no")
    })

    it("sends for the methods of hooks, which this server does not know", async () => {
      const client = await openClient()
      await expect(client.addNotificationHook("log", "this", "http://127.0.0.1/")).rejects.toThrow("status: 404!")
      await expect(client.getNotificationHooks("this")).rejects.toThrow("status: 404!")
      await expect(client.deleteNotificationHook("0".repeat(32))).rejects.toThrow("status: 404!")
      expect(await client.setRequestableServer()).toBeUndefined()
    })
  })

  describe("secrets", () => {
    it("come back through JSON.parse", async () => {
      const client = await openClient()
      const cases: [Parameters<OriginalClient["setSecret"]>[1], unknown][] = [
        ["words", "words"], ["123", 123], ["true", true], ["null", null], [" 5 ", 5], ["1e3", 1000], ['"x"', "x"], [undefined, "undefined"],
        [null, null], [{ a: [1, "ü\0🚀"] }, { a: [1, "ü\0🚀"] }], ["", ""], [7, 7],
      ]
      for (const [set, got] of cases) {
        expect(await client.setSecret("a.b/ü", set)).toEqual({ ok: true })
        expect(await client.getSecret("a.b/ü")).toEqual(got)
      }
    })

    it("set by others than the client have the server's layer alone", async () => {
      const client = await openClient()
      const set = async (secret: string, nonce: number): Promise<unknown> => {
        await post("/setSecret", signedBody("setSecret", { publicKey: client.id, secretId: "a", secret }, { secretKey: client.secretKeyHex as string, nonce }))
        return await client.getSecret("a")
      }
      expect(await set("raw text", 100)).toBe("raw text")
      expect(await set('{"sealed":"otherwise"}', 101)).toEqual({ sealed: "otherwise" })
      await expect(set("null", 102)).rejects.toThrow("Cannot read properties of null (reading 'encryptedContent')")
    })

    it("stand in the space, which the server signs, in two layers", async () => {
      const client = await openClient()
      await client.setSecret("__proto__", "mine")
      await client.acceptSecretsFrom(client)
      await client.shareSecretTo(client.id, "s", "shared", true)
      // oxlint-disable-next-line typescript/no-explicit-any -- the test looks into whatever came
      const space = (await client.getSecretSpace()) as any
      const { serverSig, ...meta } = space.meta
      expect(meta).toEqual({ id: client.id, closureDate: null, communication: "", serverPub: server.id })
      expect(original.verify(serverSig, server.id, JSON.stringify({ ...space, meta: { ...meta, serverSig: "" } }))).toBe(true)
      expect(Object.keys(space.secrets)).toEqual(["__proto__"])
      const { meta: subMeta, secrets } = space.subSpaces[client.id]
      expect(subMeta).toEqual({ id: `${client.id}.${client.id}`, closureDate: null })
      expect(await client.getSubSpace(client.id)).toEqual({ meta: subMeta, secrets })
      expect(secrets.s.isOneTime).toBe(true)
      const inner = JSON.parse(original.unsalt(original.asymmetricDecrypt(secrets.s.secret, client.secretKeyHex as string)))
      expect(original.unsalt(original.asymmetricDecrypt(inner, client.secretKeyHex as string))).toBe("shared")
    })

    it("are missed in the original's words", async () => {
      const client = await openClient()
      const missing = 'Secret with secretId "a" did not exist!'
      await expect(client.getSecret("a")).rejects.toThrow(`getSecret replied with error: ${missing}`)
      await expect(client.deleteSecret("a")).rejects.toThrow(`deleteSecret replied with error: ${missing}`)
      await expect(client.setSecret("", "x")).rejects.toThrow("setSecret replied with error: No secretId provided!")
      await client.setSecret("a", "x")
      expect(await client.deleteSecret("a")).toEqual({ ok: true })
      await expect(client.getSecret("a")).rejects.toThrow(missing)
    })

    it("go with their space, whose second erasing is no error", async () => {
      const client = await openClient()
      await client.setSecret("a", "x")
      expect(await client.eraseFromServer()).toEqual({ ok: true })
      expect(await client.eraseFromServer()).toEqual({ ok: true })
      await expect(client.getSecret("a")).rejects.toThrow(`getSecret replied with error: SecretSpace for "${client.id}" did not exist!`)
      await expect(client.getSecretSpace()).rejects.toThrow(`getSecretSpace replied with error: SecretSpace for "${client.id}" did not exist!`)
    })
  })

  describe("sharing", () => {
    it("goes both ways, once each has accepted the other", async () => {
      const [alice, bob] = [await openClient(), await openClient()]
      await expect(alice.shareSecretTo(bob, "s", "x")).rejects.toThrow(`shareSecretTo replied with error: There is no SubSpace for "${alice.id}"`)
      expect(await bob.acceptSecretsFrom(alice)).toEqual({ ok: true })
      expect(await alice.acceptSecretsFrom(bob.id)).toEqual({ ok: true })
      expect(await alice.shareSecretTo(bob, "s", { to: "bob" })).toEqual({ ok: true })
      expect(await bob.shareSecretTo(alice.id, "s", "to alice")).toEqual({ ok: true })
      for (let reads = 0; reads < 2; reads++) expect(await bob.getSecretFrom(alice, "s")).toEqual({ to: "bob" })
      expect(await alice.getSecretFrom(bob.id, "s")).toBe("to alice")
      expect(await bob.stopAcceptingSecretsFrom(alice)).toEqual({ ok: true })
      const gone = `There is no SubSpace for "${alice.id}"`
      await expect(bob.getSecretFrom(alice, "s")).rejects.toThrow(`getSecretFrom replied with error: ${gone}`)
      await expect(bob.getSubSpace(alice.id)).rejects.toThrow(`getSubSpace replied with error: ${gone}`)
      await expect(bob.stopAcceptingSecretsFrom(alice)).rejects.toThrow(`stopAcceptingSecretsFrom replied with error: ${gone}`)
      expect((bob as object as Record<string, unknown>)["stopAcceptSecretsFrom"]).toBeUndefined()
    })

    it("needs a space and a point of the curve at the other end", async () => {
      const client = await openClient()
      const stranger = original.publicKeyOf(original.newSecretKey())
      await expect(client.shareSecretTo(stranger, "s", "x")).rejects.toThrow(`shareSecretTo replied with error: SecretSpace for "${stranger}" did not exist!`)
      const { nonce } = client
      await expect(client.shareSecretTo(`02${"00".repeat(31)}`, "s", "x")).rejects.toThrow("Point.fromHex: invalid y coordinate")
      expect(client.nonce).toBe(nonce)
    })

    it("of a secret for one time is over with its first reading, and stays for one time when overwritten", async () => {
      const client = await openClient()
      await client.acceptSecretsFrom(client)
      await client.shareSecretTo(client, "s", "first", true)
      await client.shareSecretTo(client, "s", "second", false)
      await client.getSubSpace(client.id)
      expect(await client.getSecretFrom(client, "s")).toBe("second")
      await expect(client.getSecretFrom(client, "s")).rejects.toThrow('getSecretFrom replied with error: Secret with secretId "s" did not exist!')
    })

    it("cannot be taken back: the server says ok and deletes nothing", async () => {
      const client = await openClient()
      await client.acceptSecretsFrom(client)
      await client.shareSecretTo(client, "s", "x")
      expect(await client.deleteSharedSecret(client.id, "s")).toEqual({ ok: true })
      expect(await client.getSecretFrom(client, "s")).toBe("x")
    })
  })

  describe("a closure date", () => {
    it("ends a space with everything in it, and the same keys may open an empty one", async () => {
      const client = await openClient({ closureDate: START + 1000.5 })
      await client.setSecret("a", "x")
      const reopen = async (closureDate: number | null, nonce: number): Promise<string> => {
        const fields = { authCode: OPENING_CODE, publicKey: client.id, closureDate }
        return (await post("/openSecretSpace", signedBody("openSecretSpace", fields, { secretKey: client.secretKeyHex as string, nonce }))).text
      }
      expect(await reopen(null, 100)).toBe('{"ok":true}')
      expect(await reopen(START + 1000.5, 101)).toBe('{"ok":true}')
      expect(await reopen(START + 2000, 102)).toBe('{"error":"Updating the closureDate is not allowed!"}')
      expect(await reopen(START, 103)).toBe('{"error":"ClosureDate has already passed!"}')
      time += 1001
      await expect(client.getSecret("a")).rejects.toThrow(`SecretSpace for "${client.id}" did not exist!`)
      expect(await reopen(null, 104)).toBe('{"ok":true}')
      expect(await client.getSecretSpace()).toMatchObject({ meta: { closureDate: null }, secrets: {} })
    })

    it("that has passed opens nothing, and one in words is no date", async () => {
      await expect(openClient({ closureDate: START })).rejects.toThrow("openSecretSpace replied with error: ClosureDate has already passed!")
      const client = await openClient()
      await expect(client.acceptSecretsFrom(client, START)).rejects.toThrow("acceptSecretsFrom replied with error: ClosureDate has already passed!")
      await expect(client.acceptSecretsFrom(client, "+4days" as unknown as number)).rejects.toThrow(
        'status: 400! body: {"error":"Error: unexpected format of parameter closureDate - Neither a number nor null!"}',
      )
    })

    it("of a sub space is settled by the first accepting", async () => {
      const client = await openClient()
      await client.acceptSecretsFrom(client, START + 1000)
      expect(await client.acceptSecretsFrom(client, START + 9000)).toEqual({ ok: true })
      await client.shareSecretTo(client, "s", "x")
      time += 1000
      expect(await client.acceptSecretsFrom(client)).toEqual({ ok: true })
      await expect(client.shareSecretTo(client, "s", "x")).rejects.toThrow("There is no SubSpace for")
      expect(await client.acceptSecretsFrom(client, START + 9000)).toEqual({ ok: true })
      expect(await client.getSubSpace(client.id)).toMatchObject({ secrets: {} })
      time += 8000
      for (let times = 0; times < 2; times++) expect(await client.acceptSecretsFrom(client)).toEqual({ ok: true })
      expect(await client.shareSecretTo(client, "s", "x")).toEqual({ ok: true })
    })

    it("that nobody came by is noticed within a minute", async () => {
      const client = await openClient()
      await client.acceptSecretsFrom(client, START + 1000)
      time += MINUTE_MS
      expect(await client.acceptSecretsFrom(client)).toEqual({ ok: true })
      expect(await client.shareSecretTo(client, "s", "x")).toEqual({ ok: true })
    })
  })

  describe("a code for another user", () => {
    it("comes as a secret of the server's own, opens one space, and names its creator there", async () => {
      const creator = await openClient()
      const serverId = await creator.getServerId(SERVER_ID_CODE)
      await creator.acceptSecretsFrom(serverId)
      expect(await creator.generateAuthCodeFor("openSecretSpace")).toEqual({ ok: true })
      const authCode = (await creator.getSecretFrom(serverId, "openSecretSpaceAuthCode")) as string
      expect(authCode).toMatch(/^[0-9a-f]{64}$/)
      const user = await openClient({ authCode })
      expect(await user.getSecretSpace()).toMatchObject({ meta: { id: user.id, owner: creator.id } })
      await expect(newClient({ authCode }).ready).rejects.toThrow("Invalid AuthCode!")
      await expect(creator.getSecretFrom(serverId, "openSecretSpaceAuthCode")).rejects.toThrow("did not exist!")
    })

    it("is made only where its creator accepts secrets of the server", async () => {
      const client = await openClient()
      await expect(client.generateAuthCodeFor("openSecretSpace")).rejects.toThrow(`createAuthCode replied with error: There is no SubSpace for "${server.id}"`)
    })

    it("is good for its own action alone, and lost to a request of a wrong signature", async () => {
      const client = await openClient()
      await client.acceptSecretsFrom(server.id)
      await client.generateAuthCodeFor("getNodeId")
      const authCode = (await client.getSecretFrom(server.id, "getNodeIdAuthCode")) as string
      await expect(newClient({ authCode }).ready).rejects.toThrow("Invalid AuthCode!")
      expect(await client.getServerId(authCode)).toBe(server.id)
      await client.generateAuthCodeFor("openSecretSpace")
      const burned = (await client.getSecretFrom(server.id, "openSecretSpaceAuthCode")) as string
      const fields = { authCode: burned, publicKey: client.id, closureDate: null }
      expect(await post("/openSecretSpace", signedBody("openSecretSpace", fields, { secretKey: original.newSecretKey() }))).toEqual(errorOf("Invalid Signature!"))
      await expect(newClient({ authCode: burned }).ready).rejects.toThrow("Invalid AuthCode!")
    })
  })

  describe("a server", () => {
    const secretKey = original.newSecretKey()
    const publicKey = original.publicKeyOf(secretKey)
    const send = (fields: object, options: object = {}): Promise<{ status: number; text: string }> =>
      post("/getSecretSpace", signedBody("getSecretSpace", { publicKey, ...fields }, { secretKey, ...options }))

    it("says what is wrong with the structure of a body", async () => {
      const good = signedBody("setSecret", { publicKey, secretId: "a", secret: "b" }, { secretKey }) as Record<string, unknown>
      const textFor = async (body: unknown): Promise<string> => (await post("/setSecret", body)).text
      const number = "The Number of parameters in the body, did not match the expected number. 6 vs"
      for (const [body, count] of [["", 0], ["[]", 0], ["{}", 0], [{ ...good, more: 1 }, 7]] as const) expect(await textFor(body)).toBe(`{"error":"Error: ${number} ${count}"}`)
      expect(await post("/setSecret", JSON.stringify(good), "text/plain")).toEqual({ status: 400, text: `{"error":"Error: ${number} 0"}` })
      const { publicKey: moved, ...rest } = good
      expect(await textFor({ ...rest, publicKey: moved })).toBe(`{"error":"Error: parameter @ index: 0 had wrong key! expected: 'publicKey'  detected: 'secretId'"}`)
      const cases = [
        ["publicKey", 5, "Not a string!"], ["publicKey", "g", "Not a HexString!"], ["publicKey", "ab", "HexString length was not 64 characters!"],
        ["signature", "ab", "HexString length was not 128 characters!"], ["secretId", null, "Not a string!"], ["nonce", "0", "Not a number!"],
      ] as const
      for (const [name, value, fault] of cases) expect(await textFor({ ...good, [name]: value })).toBe(`{"error":"Error: unexpected format of parameter ${name} - ${fault}"}`)
      const shared = { publicKey, shareToId: publicKey, secretId: "a", secret: "b", isOneTimeSecret: 1 }
      expect((await post("/shareSecretTo", signedBody("shareSecretTo", shared, { secretKey }))).text).toContain("isOneTimeSecret - Not a boolean!")
    })

    it("answers with pages where no route is reached", async () => {
      for (const [path, body, status] of [["/nowhere", {}, 404], ["//getSecret", {}, 404], ["/getSecret", "{", 400], ["/getSecret", "5", 400], ["/getSecret", "null", 400]] as const)
        expect(await post(path, body)).toMatchObject({ status, text: expect.stringContaining("<!DOCTYPE html>") })
      expect(await post("/setSecret", { secret: "x".repeat(102_400) })).toMatchObject({ status: 413, text: expect.stringContaining("<!DOCTYPE html>") })
      expect((await fetch(`${server.url}/getSecret`)).status).toBe(404)
    })

    it("takes the timestamps of three buckets, and no other", async () => {
      const unopened = `SecretSpace for \\"${publicKey}\\" did not exist!`
      for (const timestamp of [START - 3 * MINUTE_MS, START, START + 3 * MINUTE_MS]) expect((await send({}, { timestamp })).text).toBe(`{"error":"${unopened}"}`)
      for (const timestamp of [START - 6 * MINUTE_MS, START + 6 * MINUTE_MS, START + 1]) expect(await send({}, { timestamp })).toEqual(errorOf("Invalid Timestamp!"))
      expect(await send({}, { timestamp: 0 })).toEqual(errorOf("No Timestamp!"))
    })

    it("takes a signature once, even a wrong one, as long as it could be in time", async () => {
      const body = signedBody("getSecretSpace", { publicKey }, { secretKey: original.newSecretKey() })
      expect(await post("/getSecretSpace", body)).toEqual(errorOf("Invalid Signature!"))
      expect(await post("/getSecretSpace", body)).toEqual(errorOf("Multiple use of signature detected!"))
      time += 9 * MINUTE_MS
      expect(await post("/getSecretSpace", body)).toEqual(errorOf("Invalid Timestamp!"))
    })

    it("holds a signature to its route, its fields and its key, and not to the spelling of its body", async () => {
      expect(await post("/deleteSecretSpace", signedBody("getSecretSpace", { publicKey }, { secretKey }))).toEqual(errorOf("Invalid Signature!"))
      expect(await post("/getSecretSpace", { ...signedBody("getSecretSpace", { publicKey }, { secretKey, nonce: 1 }), nonce: 2 })).toEqual(errorOf("Invalid Signature!"))
      const spaced = JSON.stringify(signedBody("deleteSecretSpace", { publicKey }, { secretKey, nonce: 7 }), null, 2).replace('"nonce": 7', '"nonce": 7.0')
      expect(await post("/deleteSecretSpace?unsigned=1", spaced)).toEqual({ status: 200, text: '{"ok":true}' })
      expect(await send({ publicKey: `02${"00".repeat(31)}` })).toEqual(errorOf("Point.fromHex: invalid y coordinate"))
    })

    it("names a wrong code before a wrong signature, and a wrong time before both", async () => {
      const fields = { authCode: "0".repeat(64), publicKey, closureDate: null }
      const wrong = { secretKey: original.newSecretKey() }
      expect(await post("/openSecretSpace", signedBody("openSecretSpace", fields, wrong))).toEqual(errorOf("Invalid AuthCode!"))
      expect(await post("/openSecretSpace", signedBody("openSecretSpace", fields, { ...wrong, timestamp: 1 }))).toEqual(errorOf("Invalid Timestamp!"))
    })
  })
})
