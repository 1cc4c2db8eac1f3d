import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { shapesOf } from "../../../test/canary.ts"
import { CANARY, expectClean, failureOf, HOST, type HttpUpstream, openHttpUpstream } from "../../../test/agent/http-upstream.ts"
import { type TlsServer } from "../../../test/agent/tls-server.ts"

let upstream: HttpUpstream
let server: TlsServer

beforeAll(async () => {
  upstream = await openHttpUpstream()
  ;({ server } = upstream)
})
afterAll(() => upstream.close())
beforeEach(() => upstream.reset())

describe("agents 31: an echo of the credential", () => {
  const packed: [string, (body: Buffer) => Buffer][] = [
    ["identity", (body) => body],
    ["gzip", (body) => gzipSync(body)],
    ["br", (body) => brotliCompressSync(body)],
    ["deflate", (body) => deflateSync(body)],
    ["Deflate", (body) => deflateRawSync(body)],
    ["zstd", (body) => zstdCompressSync(body)],
    ["gzip, br", (body) => brotliCompressSync(gzipSync(body))],
  ]

  it.each(packed)("is masked in a body packed by %s", async (coding, pack) => {
    server.answer = ({ headers }, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": coding, etag: "abc" }).end(pack(Buffer.from(JSON.stringify({ headers }))))
    }
    const answer = await upstream.send()
    expect(JSON.parse(answer.body ?? "")).toMatchObject({ headers: { authorization: "Bearer [REDACTED:SECRET_API_KEY]" } })
    expect(answer.masked).toBe(1)
    expectClean(answer)
  })

  const everyLetter = (escape: (hex: string) => string): string => Array.from(CANARY, (letter) => escape(letter.charCodeAt(0).toString(16).padStart(2, "0"))).join("")

  it.each<[string, string]>([
    ["HTML within JSON, as Go writes both", `{"page":"${CANARY.replaceAll("+", "\\u0026#43;").replaceAll("=", "\\u003d")}"}`],
    ["references of HTML within JSON", everyLetter((hex) => `\\u0026#x${hex};`)],
    ["HTML shown within HTML", everyLetter((hex) => `&amp;#x${hex};`)],
    ["percent codes within JSON", everyLetter((hex) => `\\u0025${hex}`)],
  ])("is masked where one escape stands within another: %s", async (_what, body) => {
    server.answer = (_request, response) => void response.end(body)
    const answer = await upstream.send()
    expect(answer).toMatchObject({ masked: 1, body: expect.stringContaining("[REDACTED:SECRET_API_KEY]") })
    expect(answer.body?.replace("[REDACTED:SECRET_API_KEY]", "")).not.toMatch(/#|\\u|%|CANARY/)
  })

  it("is masked in headers, in where it leads, and dropped where no header is shown", async () => {
    server.answer = ({ headers: { authorization = "" } }, response) => {
      response.writeHead(302, {
        link: `<https://x/${CANARY}>`, location: `/v1/${encodeURIComponent(CANARY)}?k=${CANARY}`, "set-cookie": authorization, "www-authenticate": authorization,
        "x-echo": authorization, [`x-${Buffer.from(CANARY).toString("hex")}`]: "1",
      }).end()
    }
    const answer = await upstream.send()
    expect(answer.headers).toMatchObject({ link: "<https://x/[REDACTED:SECRET_API_KEY]>", location: "/v1/[REDACTED:SECRET_API_KEY]" })
    expect(answer.masked).toBe(2)
    expectClean(answer)
  })

  it.each<BufferEncoding>(["utf8", "latin1"])("is masked in headers where its letters are in %s", async (encoding) => {
    const value = "pässwörd-zwölf-ß"
    const field = Buffer.from(value, encoding).toString("latin1")
    server.answer = (_request, response) => void response.writeHead(201, { link: `<${field}>`, location: `/${field}` }).end()
    const { headers } = await upstream.send({ value })
    expect(headers).toMatchObject({ link: "<[REDACTED:SECRET_API_KEY]>", location: "/[REDACTED:SECRET_API_KEY]" })
  })

  it("is masked in where a redirect led", async () => {
    server.answer = ({ url }, response) => void (url === "/v1/a" ? response.writeHead(302, { location: "/v1/plain_CANARY_value" }).end() : response.end())
    const answer = await upstream.send({ value: "plain_CANARY_value" }, { redirects: [upstream.ruleOf()] })
    expect(answer.finalUrl).toBe(`https://${HOST}:${server.port}/v1/[REDACTED:SECRET_API_KEY]`)
  })

  it("shows in no length and no hash of the body", async () => {
    server.answer = (_request, response) => void response.writeHead(200, { etag: '"hash"', "content-length": 2, "content-md5": "x" }).end("ok")
    expect(Object.keys((await upstream.send()).headers ?? {})).toEqual(["date"])
  })

  it("is masked in every shape, and in the pair of HTTP Basic as a whole", async () => {
    const pair = Buffer.from(`me:${CANARY}`).toString("base64")
    const base64 = ["", "u", "ab"].map((before) => Buffer.from(`${before}${CANARY}`).toString("base64"))
    const others = [...shapesOf(CANARY)].filter(([name]) => !/base64|utf-16/.test(name)).map(([, bytes]) => bytes.toString())
    const shapes = [...others, ...base64, pair, Buffer.from(pair).toString("base64"), CANARY.toLowerCase(), CANARY.toUpperCase()]
    server.answer = (_request, response) => void response.end(shapes.join("\n"))
    const answer = await upstream.send({ rules: [upstream.ruleOf({ place: { in: "basic", user: "me" } })] })
    // What stands in front of the value in the same base64 is not of it.
    for (const line of (answer.body ?? "").split("\n")) expect(line).toMatch(/^[A-Za-z0-9+/]{0,4}\[REDACTED:SECRET_API_KEY\][A-Za-z0-9+/=]{0,4}$/)
    expect(answer.body).not.toContain(pair)
    expectClean(answer)
  })

  it("is masked however escapes are mixed in it", async () => {
    const mixed = Array.from(CANARY).map((letter, i) => (i % 2 === 0 ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}` : letter)).join("")
    const percent = Array.from(CANARY).map((letter, i) => (i % 3 === 0 ? `%${letter.charCodeAt(0).toString(16)}` : letter)).join("")
    const html = Array.from(CANARY).map((letter, i) => (i % 3 === 0 ? `&#x${letter.charCodeAt(0).toString(16)};` : letter)).join("")
    for (const text of [mixed, percent, html]) {
      server.answer = (_request, response) => void response.end(`<${text}>`)
      expect((await upstream.send()).body).toBe("<[REDACTED:SECRET_API_KEY]>")
    }
  })

  it("is in no binary body, of which only the size is shown", async () => {
    server.answer = (_request, response) => void response.end(Buffer.concat([Buffer.from([0, 255, 254]), Buffer.from(CANARY)]))
    expect(await upstream.send()).toMatchObject({ body: null, bytes: 3 + "[REDACTED:SECRET_API_KEY]".length, truncated: false, masked: 1 })
    server.answer = (_request, response) => void response.end(Buffer.from(`\u0001 ${CANARY}`))
    expect((await upstream.send()).body).toBeNull()
  })
})

describe("a body that is large", () => {
  it("is masked as a whole and cut then", async () => {
    server.answer = (_request, response) => void response.end(`${"x".repeat(95)}${CANARY}${"y".repeat(50)}`)
    const answer = await upstream.send({ maxBytes: 100 })
    expect(answer).toMatchObject({ body: `${"x".repeat(95)}[REDA`, truncated: true })
  })

  it("shows nothing of a value that reading ends in, and does not tell where it ends", async () => {
    const value = "Zq7".repeat(33)
    const bodies = new Set<string | null | undefined>()
    for (let shown = 0; shown < value.length; shown++) {
      // Whole values become short markers, so that the end of what was read would come to stand within what is shown.
      const before = `${value}\n`.repeat(40)
      const pad = "x".repeat(4_000 + 16 * Buffer.from(value).toString("base64").length - before.length - shown)
      server.answer = (_request, response) => void response.end(`${before}${pad}${value}${"y".repeat(5_000)}`)
      const { body, truncated } = await upstream.send({ value, maxBytes: 4_000 })
      expect([truncated, body?.includes("Zq")]).toEqual([true, false])
      bodies.add(body)
    }
    expect(Array.from(bodies, (body) => body?.replaceAll("x", ""))).toEqual(["[REDACTED:SECRET_API_KEY]\n".repeat(40)])
  })

  it("and never ends is read as far as it is shown, and its connection closed", async () => {
    const closed = new Promise<void>((resolve) => {
      server.answer = (_request, response) => {
        const part = Buffer.alloc(65_536, "a")
        const more = (): void => {
          while (!response.destroyed && response.write(part));
        }
        response.on("drain", more).on("error", () => {}).on("close", resolve)
        more()
      }
    })
    expect(await upstream.send({ maxBytes: 1_000, timeoutMs: 5_000 })).toMatchObject({ body: "a".repeat(1_000), truncated: true })
    await closed
  })

  it("is not cut within a character", async () => {
    server.answer = (_request, response) => void response.end("aüüü")
    expect(await upstream.send({ maxBytes: 4 })).toMatchObject({ body: "aü", truncated: true })
  })

  it.each<[string, (body: Buffer) => Buffer]>([["gzip", gzipSync], ["br", brotliCompressSync], ["deflate", deflateSync], ["zstd", zstdCompressSync]])(
    "when %s unpacks it is not shown", async (coding, pack) => {
      const bomb = pack(Buffer.alloc(20_000_000))
      server.answer = (_request, response) => void response.writeHead(200, { "content-encoding": coding }).end(bomb)
      expect(await upstream.send({ maxBytes: 10_000 })).toMatchObject({ status: 200, body: null, truncated: true })
    },
  )

  it.each([["gzip", "no gzip"], ["rot13", CANARY], ["gzip, gzip, gzip, gzip", ""], ["gzip", gzipSync("abc").subarray(0, 12)]])("that %s cannot unpack is not shown", async (coding, body) => {
    server.answer = (_request, response) => void response.writeHead(200, { "content-encoding": coding }).end(body === "" ? gzipSync(gzipSync(gzipSync(gzipSync("a")))) : body)
    expect(await upstream.send()).toMatchObject({ status: 200, body: null, truncated: true })
  })

  it("to be sent is refused before anything is", async () => {
    expect(await failureOf(upstream.send({ method: "POST", body: "x".repeat(1_048_577) }))).toMatchObject({ code: "payload_too_large" })
    expect(server.connections).toBe(0)
  })
})
