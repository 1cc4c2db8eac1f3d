import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib"
import fc from "fast-check"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { CANARY, type HttpUpstream, openHttpUpstream } from "../../../test/agent/http-upstream.ts"

let upstream: HttpUpstream

beforeAll(async () => {
  upstream = await openHttpUpstream()
})
afterAll(() => upstream.close())
beforeEach(() => upstream.reset())

const hex = (letter: string, digits: number): string => letter.charCodeAt(0).toString(16).padStart(digits, "0")

/** Each is undone by the one beside it, so that what it hides can be looked for afterwards. */
const ENCODINGS: readonly [encode: (text: string) => string, needle: string][] = [
  [(text) => text, CANARY],
  [(text) => Array.from(text).reverse().join(""), Array.from(CANARY).reverse().join("")],
  [(text) => text.toLowerCase(), CANARY.toLowerCase()],
  ...[0, 1, 2].map((before): [(text: string) => string, string] => [
    (text) => Buffer.from("u".repeat(before) + text).toString("base64"),
    Buffer.from("u".repeat(before) + CANARY).toString("base64").slice(before === 0 ? 0 : 4, -4),
  ]),
  [(text) => Buffer.from(text).toString("base64url"), Buffer.from(CANARY).toString("base64url").slice(0, -4)],
  [(text) => Buffer.from(Buffer.from(text).toString("base64")).toString("base64"), Buffer.from(Buffer.from(CANARY).toString("base64")).toString("base64").slice(0, -4)],
  [(text) => Buffer.from(text).toString("hex"), Buffer.from(CANARY).toString("hex")],
  [encodeURIComponent, encodeURIComponent(CANARY)],
  [(text) => JSON.stringify(text), JSON.stringify(CANARY)],
]

/** Some letters as one kind of escape has them, the others as they are. */
const mixed = fc.tuple(fc.constantFrom((letter: string) => `\\u${hex(letter, 4)}`, (letter: string) => `%${hex(letter, 2)}`, (letter: string) => `&#x${hex(letter, 2)};`), fc.array(fc.boolean(), { minLength: CANARY.length, maxLength: CANARY.length }))
  .map(([escape, which]) => Array.from(CANARY).map((letter, i) => (which[i] === true ? escape(letter) : letter)).join(""))

const undone = (text: string): string =>
  text.replaceAll(/\\u([0-9a-f]{4})|%([0-9a-f]{2})|&#x([0-9a-f]{2});/g, (_, ...codes: (string | undefined)[]) => String.fromCharCode(Number.parseInt(codes.find((code) => code !== undefined) ?? "", 16)))

const PACKED: Readonly<Record<string, (body: Buffer) => Buffer>> = { identity: (body) => body, gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync, zstd: zstdCompressSync }

const noise = fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[\p{Cc}&%\\]/gu, ""))
const body = fc.array(fc.oneof(noise, mixed, fc.constantFrom(...ENCODINGS).map(([encode]) => encode(CANARY))), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(" "))

describe("any answer, in any chunks", () => {
  it("shows no canary in any of the encodings", { timeout: 60_000 }, async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom(...Object.keys(PACKED)), cuts, fc.integer({ min: 1, max: 400 }), async (text, coding, lengths, maxBytes) => {
        const bytes = (PACKED[coding] as (body: Buffer) => Buffer)(Buffer.from(text))
        upstream.server.answer = (_request, response) => {
          response.writeHead(200, { "content-encoding": coding, link: Buffer.from(text).toString("latin1") })
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const length = lengths[turn % lengths.length] as number
            response.write(bytes.subarray(at, at + length))
            at += length
          }
          response.end()
        }
        const { headers, body: shown, masked } = await upstream.send({ maxBytes })
        const whole = `${shown} ${headers?.link}`
        for (const [, needle] of ENCODINGS) expect(whole).not.toContain(needle)
        expect(undone(whole)).not.toContain(CANARY)
        // The bound is on what is shown; what is hidden was hidden before.
        expect(Buffer.byteLength(shown ?? "")).toBeLessThanOrEqual(maxBytes)
        expect(masked > 0).toBe(ENCODINGS.some(([encode]) => text.includes(encode(CANARY))) || undone(text).includes(CANARY))
      }),
      { numRuns: 150 },
    )
  })
})
