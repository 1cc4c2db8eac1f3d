import { createHash, createPrivateKey, createPublicKey, sign as signBytes, verify as verifyBytes } from "node:crypto"
import { beforeEach, describe, expect, it } from "vitest"
import type { RouteName } from "../../src/boxes/protocol/routes.ts"
import { createServers, exchange, FIELDS, JSON_TYPE, outcome } from "./fixture.ts"
import type { OpenBoxServer } from "./open-box-server.ts"
import { newSecretKey, publicKeyOf } from "./original-crypto.ts"
import { createRawHolder, OK, openRawHolder, post, refusal, unauthorized, type Body, type RawHolder, type RawServer } from "./raw-request.ts"

const { startWithBox } = createServers()
let server: OpenBoxServer
let raw: RawServer
let holder: RawHolder
const use = async (options: Parameters<typeof startWithBox>[0] = {}): Promise<void> => void ({ server, raw, holder } = await startWithBox(options))

/** By hand, from the format's description: what Sotto's own client adds. */
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest()
const plainSign = (bytes: Buffer, secretKey: string): string =>
  signBytes(null, bytes, createPrivateKey({ key: Buffer.from(`302e020100300506032b657004220420${secretKey}`, "hex"), format: "der", type: "pkcs8" })).toString("hex")
const plainVerify = (bytes: Buffer, publicKey: string, signature: string): boolean =>
  verifyBytes(null, bytes, createPublicKey({ key: Buffer.from(`302a300506032b6570032100${publicKey}`, "hex"), format: "der", type: "spki" }), Buffer.from(signature, "hex"))

const bindingSignature = (secretKey: string, { serverId, route, text }: { serverId: string; route: string; text: string }): string =>
  plainSign(Buffer.concat([Buffer.from("sotto/box request v1\0"), Buffer.from(serverId, "hex"), uint32(Buffer.byteLength(route)), Buffer.from(route), sha256(text)]), secretKey)

describe("a box whose requests name the server", () => {
  beforeEach(() => use())

  interface Bound {
    serverId?: string
    route?: string
    text?: string
    header?: (right: string) => string
  }

  const askBound = async (route: RouteName, fields: Body = {}, { header = (right) => right, ...bound }: Bound = {}) => {
    const text = JSON.stringify(holder.body(route, fields))
    const serverId = bound.serverId ?? server.id
    const signature = bindingSignature(holder.secretKey, { serverId, route: bound.route ?? route, text: bound.text ?? text })
    const answer = await exchange(server, `/boxes/${route}`, { method: "POST", headers: { ...JSON_TYPE, "x-sotto-box": header(`v1 ${serverId} ${signature}`) }, body: text })
    return { ...answer, signature }
  }

  const expectSigned = ({ signature, status, text, headers }: Awaited<ReturnType<typeof askBound>>): void => {
    const said = Buffer.concat([Buffer.from("sotto/box reply v1\0"), Buffer.from(signature, "hex"), uint32(status), sha256(text)])
    expect(plainVerify(said, server.id, headers.get("x-sotto-box-reply") ?? "")).toBe(true)
  }

  it("is answered under the server's signature, also where it is refused", async () => {
    for (const [route, fields, answer] of [
      ["setSecret", FIELDS.setSecret, OK],
      ["getSecret", { secretId: "missing" }, refusal('Secret with secretId "missing" did not exist!')],
      ["getNotificationHooks", FIELDS.getNotificationHooks, refusal("Notification hooks are not served!")],
      ["deleteSecretSpace", {}, OK],
    ] as const) {
      const asked = await askBound(route, fields)
      expect(outcome(asked)).toEqual(answer)
      expectSigned(asked)
    }
    expect((await post(`${server.url}/getNodeId`, FIELDS.getNodeId)).status).toBe(200)
  })

  it("takes no other from then on, and what it refuses so is used up", async () => {
    const before = holder.body("setSecret", FIELDS.setSecret)
    expect(await holder.ask("setSecret", FIELDS.setSecret)).toEqual(OK)
    expect(outcome(await askBound("setSecret", FIELDS.setSecret))).toEqual(OK)
    const refused = unauthorized("This SecretSpace takes only requests that name this server!")
    expect(await post(`${server.url}/setSecret`, before)).toEqual(refused)
    for (const route of ["getSecret", "deleteSecretSpace", "openSecretSpace", "getSecretSpace", "getNotificationHooks", "shareSecretTo"] as const) expect(await holder.ask(route, FIELDS[route])).toEqual(refused)
    expect(outcome(await askBound("deleteSecretSpace"))).toEqual(OK)
    expect((await openRawHolder(raw, holder.secretKey)).id).toBe(holder.id)
    expect(await post(`${server.url}/setSecret`, before)).toEqual(unauthorized("Multiple use of signature detected!"))
    expect(await holder.ask("setSecret", FIELDS.setSecret)).toEqual(OK)
  })

  it("is asked so from its opening on, where that named the server", async () => {
    const other = createRawHolder(raw)
    const mine = holder
    holder = other
    expect(outcome(await askBound("openSecretSpace", FIELDS.openSecretSpace))).toEqual(OK)
    expect(await other.ask("getSecretSpace")).toEqual(unauthorized("This SecretSpace takes only requests that name this server!"))
    expect(await mine.ask("getSecretSpace")).toMatchObject({ status: 200 })
  })

  it("is bound by what was proved alone, not by a header that anybody writes", async () => {
    for (const header of ["x", "v1", "v2 a b", ""]) {
      const { status } = await askBound("setSecret", FIELDS.setSecret, { header: () => header })
      expect(status).toBe(401)
    }
    expect(await holder.ask("setSecret", FIELDS.setSecret)).toEqual(OK)
  })

  it("W3: refuses a request for another server, another route or another body, and a header of another form", async () => {
    const invalid = unauthorized("Invalid x-sotto-box!")
    const elsewhere = publicKeyOf(newSecretKey())
    expect(outcome(await askBound("setSecret", FIELDS.setSecret, { serverId: elsewhere }))).toEqual(unauthorized("This request is for another server!"))
    expect(outcome(await askBound("setSecret", FIELDS.setSecret, { serverId: elsewhere, header: (right) => right.replace(elsewhere, server.id) }))).toEqual(invalid)
    expect(outcome(await askBound("setSecret", FIELDS.setSecret, { route: "getSecret" }))).toEqual(invalid)
    expect(outcome(await askBound("setSecret", FIELDS.setSecret, { text: "{}" }))).toEqual(invalid)
    const forms: ((right: string) => string)[] = [
      (right) => right.toUpperCase(), (right) => right.replace("v1", "v2"), (right) => right.replaceAll(" ", "  "), (right) => `${right} x`,
      (right) => `${right}, ${right}`, (right) => right.slice(0, -1), (right) => right.slice(0, -2) + (right.endsWith("00") ? "01" : "00"), () => "a".repeat(5_000),
    ]
    for (const header of forms) expect(outcome(await askBound("setSecret", FIELDS.setSecret, { header }))).toEqual(invalid)
    const text = JSON.stringify(holder.body("setSecret", FIELDS.setSecret))
    const byAnother = bindingSignature(newSecretKey(), { serverId: server.id, route: "setSecret", text })
    expect(await post(`${server.url}/setSecret`, text, { "x-sotto-box": `v1 ${server.id} ${byAnother}` })).toEqual(invalid)
    expect(await post(`${server.url}/setSecret`, text)).toEqual(OK) // none of it was remembered
  })

  it("covers the very bytes, so white space cannot be added on the way", async () => {
    const text = JSON.stringify(holder.body("setSecret", FIELDS.setSecret))
    const signature = bindingSignature(holder.secretKey, { serverId: server.id, route: "setSecret", text })
    expect(await post(`${server.url}/setSecret`, `${text} `, { "x-sotto-box": `v1 ${server.id} ${signature}` })).toEqual(unauthorized("Invalid x-sotto-box!"))
    expect(await post(`${server.url}/setSecret`, text, { "x-sotto-box": `v1 ${server.id} ${signature}` })).toEqual(OK)
  })
})
