import { execFile } from "node:child_process"
import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"
import { promisify } from "node:util"
import { expect, it, onTestFinished } from "vitest"
import { HOST, openHttpUpstream } from "../../../test/agent/http-upstream.ts"

const SCRIPT = `
const [{ sendWithSecret }, { Redacted }] = await Promise.all([import(process.env.SENDER), import(process.env.REDACTED)])
const rule = JSON.parse(process.env.RULE)
const deps = { ca: process.env.CA, isAllowed: () => true, lookup: async () => [{ address: "127.0.0.1", family: 4 }] }
const decision = { rule, method: "GET", url: new URL("https://" + rule.host + "/v1/a") }
console.log(JSON.stringify(await sendWithSecret(decision, { key: "K", value: new Redacted("a-value-of-some-length", "K") }, {}, deps)))
`

it("a proxy that the environment names is not asked", async () => {
  const upstream = await openHttpUpstream()
  let asked = 0
  const proxy = createServer((socket) => {
    asked++
    socket.destroy()
  }).listen(0, "127.0.0.1")
  onTestFinished(async () => {
    proxy.close()
    await upstream.close()
  })
  await once(proxy, "listening")
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", SCRIPT], {
    env: {
      NODE_USE_ENV_PROXY: "1", HTTPS_PROXY: url, https_proxy: url, HTTP_PROXY: url, NODE_NO_WARNINGS: "1", CA: upstream.deps.ca, RULE: JSON.stringify(upstream.ruleOf()),
      SENDER: new URL("send-with-secret.ts", import.meta.url).href, REDACTED: new URL("../../base/redacted.ts", import.meta.url).href,
    },
  })
  expect(JSON.parse(stdout)).toMatchObject({ status: 200, body: "ok" })
  expect([asked, upstream.server.seen[0]?.headers.host]).toEqual([0, `${HOST}:${upstream.server.port}`])
})
