import { randomBytes } from "node:crypto"
import { Duplex } from "node:stream"
import { describe, expect, it } from "vitest"
import { createRedactor, type NamedValue, type Redactor, type RedactorOptions } from "./create-redactor.ts"
import type { StreamFilter } from "./stream-filter.ts"

const VALUE = "s3cr3t-VALUE-9"
const T = "[REDACTED:SECRET_T]"
const redactorOf = (value: string | Uint8Array = VALUE, options?: RedactorOptions): Redactor => createRedactor([{ name: "T", value }], options)
const push = (filter: StreamFilter, text: string): string => Buffer.from(filter.push(Buffer.from(text))).toString()
const end = (filter: StreamFilter, how?: "normal" | "killed"): string => Buffer.from(filter.end(how)).toString()
const inOneGo = (values: NamedValue[], text: string): string => createRedactor(values).redact(text)

describe("what is masked", () => {
  it("loom E1: a value on its way through a stream, and in a whole text", () => {
    const filter = redactorOf().filter()
    expect(push(filter, `the file holds ${VALUE}\n`) + end(filter)).toBe(`the file holds ${T}\n`)
    expect(redactorOf().redact(`the file holds ${VALUE}\n`)).toBe(`the file holds ${T}\n`)
  })

  it("loom E3: a value that comes byte by byte, or in any two parts, gives one marker and no fragment", () => {
    for (let cut = 0; cut <= VALUE.length; cut++) {
      const filter = redactorOf().filter()
      expect(push(filter, `a ${VALUE.slice(0, cut)}`) + push(filter, `${VALUE.slice(cut)} b`) + end(filter)).toBe(`a ${T} b`)
    }
    const filter = redactorOf().filter()
    expect(`a ${VALUE} b`.split("").map((character) => push(filter, character)).join("") + end(filter)).toBe(`a ${T} b`)
  })

  it("loom E4: of two values, one the beginning of the other, the longer one, without a tail", () => {
    const values = [{ name: "SHORT", value: "abcdefgh" }, { name: "LONG", value: "abcdefgh-tail" }]
    expect(inOneGo(values, "x abcdefgh-tail abcdefgh-tai y")).toBe("x [REDACTED:SECRET_LONG] [REDACTED:SECRET_SHORT]-tai y")
  })

  it("loom E5: nothing of two values that overlap, as one marker of the first", () => {
    expect(inOneGo([{ name: "A", value: "abcdef" }, { name: "B", value: "defghi" }], "abcdefghi")).toBe("[REDACTED:SECRET_A]")
    expect(inOneGo([{ name: "A", value: "abcdef" }, { name: "B", value: "defghi" }], "abcdefdefghi")).toBe("[REDACTED:SECRET_A][REDACTED:SECRET_B]")
  })

  it("loom E6: a value of two names as the first declared, also where bytes and text are the same", () => {
    expect(inOneGo([{ name: "A", value: VALUE }, { name: "B", value: Buffer.from(VALUE) }], VALUE)).toBe("[REDACTED:SECRET_A]")
  })

  it("loom E7: a value that stands in markers leaves markers whole", () => {
    const values = [{ name: "A", value: "SECRET" }, { name: "B", value: "REDACTED" }, { name: "C", value: "[" }]
    expect(inOneGo(values, "x SECRET y [")).toBe("x [REDACTED:SECRET_A] y [REDACTED:SECRET_C]")
  })

  it("loom E8: a key of several lines, whole and each line of eight bytes", () => {
    const key = "-----BEGIN KEY-----\nMC4CAQAwBQYDK2Vw\nBCIEIJ1hsZ3v5Vq8\n-----END KEY-----\n"
    expect(redactorOf(key).redact(`> ${key}`)).toBe(`> ${T}`)
    expect(redactorOf(key).redact("> BCIEIJ1hsZ3v5Vq8 <")).toBe(`> ${T} <`)
  })

  it.each([
    ["base64", Buffer.from(VALUE).toString("base64")],
    ["base64 without padding", Buffer.from(VALUE).toString("base64url")],
    ["percent-encoded to the last byte", VALUE.replaceAll(/[^]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)],
    ["hex", Buffer.from(VALUE).toString("hex")],
    ["UTF-16", Buffer.from(VALUE, "utf16le").toString("latin1")],
  ])("loom E9: a value in %s", (_form, text) => {
    expect(redactorOf().redact(`x ${text} y`)).toBe(`x ${T} y`)
  })

  it("loom E10: a value with quotes and backslashes, raw and as JSON has it", () => {
    const value = 'p"q\\r"s-longer'
    expect(redactorOf(value).redact(`${value} ${JSON.stringify({ value })}`)).toBe(`${T} {"value":"${T}"}`)
  })

  it("loom E11: a value of two characters, with a warning by name, once", () => {
    const redactor = createRedactor([{ name: "T", value: "qz" }, { name: "T", value: "qj" }])
    expect(redactor.redact("a qz b qj")).toBe(`a ${T} b ${T}`)
    expect(redactor.warnings).toEqual([{ name: "T", reason: "weak_value" }])
  })

  it("loom E12: 20 MB of random bytes pass as they are, with work in proportion to their number", () => {
    const random = randomBytes(20_000_000)
    const redactor = redactorOf(randomBytes(32))
    const filter = redactor.filter()
    const parts: Uint8Array[] = []
    for (let at = 0; at < random.length; at += 65_536) parts.push(filter.push(random.subarray(at, at + 65_536)))
    expect(Buffer.concat([...parts, filter.end()]).equals(random)).toBe(true)
    expect(redactor.counts()).toEqual([])
  })

  it("a text around markers as it was, halves of characters included", () => {
    expect(redactorOf().redact(`\ud800 ${VALUE} \udc00 😀`)).toBe(`\ud800 ${T} \udc00 😀`)
    expect(redactorOf(Uint8Array.of(0x9f, 0x98)).redact("a😀b")).toBe(`a${T}b`)
  })

  it("values that are not UTF-8", () => {
    const bytes = Uint8Array.of(0xff, 0x00, 0xfe, 0xc3, 0x28, 0xa0, 0xa1, 0xf5, 0x80)
    expect(Buffer.from(redactorOf(bytes).redact(Buffer.concat([Buffer.from("x"), bytes]))).toString()).toBe(`x${T}`)
    expect(redactorOf(bytes).redact(Buffer.from(bytes).toString("base64"))).toBe(T)
  })

  it("a kind of variant that is switched off passes, the value itself never", () => {
    const redactor = redactorOf(VALUE, { variants: { hex: false } })
    const hex = Buffer.from(VALUE).toString("hex")
    expect(redactor.redact(`${hex} ${Buffer.from(VALUE).toString("base64")} ${VALUE}`)).toBe(`${hex} ${T} ${T}`)
  })

  it("the values themselves beyond the limit of variants, with a warning", () => {
    const redactor = createRedactor([{ name: "A", value: VALUE }, { name: "B", value: "another-VALUE-8" }], { maxVariantBytes: 300 })
    expect(redactor.redact(`another-VALUE-8 ${Buffer.from("another-VALUE-8").toString("hex")}`)).toBe(`[REDACTED:SECRET_B] ${Buffer.from("another-VALUE-8").toString("hex")}`)
    expect(redactor.warnings).toEqual([{ name: "B", reason: "variants_omitted" }])
  })
})

describe("a stream", () => {
  it("holds back what begins a value, and not a byte more", () => {
    const filter = redactorOf().filter()
    expect([push(filter, "a s3cr3t s3cr"), filter.held]).toEqual(["a s3cr3t ", 4])
    expect([push(filter, "y"), filter.held]).toEqual(["s3cry", 0])
  })

  it("prints at its end what was held back, and of a killed writer a marker from four bytes on", () => {
    const ending = (text: string, how: "normal" | "killed"): string => {
      const filter = redactorOf().filter()
      return push(filter, text) + end(filter, how)
    }
    expect(ending("a s3cr3t-V", "normal")).toBe("a s3cr3t-V")
    expect(ending("a s3cr3t-V", "killed")).toBe(`a ${T}`)
    expect(ending("a s3c", "killed")).toBe("a s3c")
    expect(ending(`${VALUE}s3cr`, "killed")).toBe(`${T}${T}`)
  })

  it("lets a terminal have up to three held bytes, and masks the rest of a value all the same", () => {
    const filter = redactorOf().filter()
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
    expect(push(filter, "> s3c")).toBe("> ")
    expect(text(filter.release(2))).toBe("")
    expect([text(filter.release(3)), filter.held]).toEqual(["s3c", 0])
    expect(push(filter, "r3t")).toBe("")
    expect([text(filter.release(3)), filter.held]).toEqual(["", 3])
    expect(push(filter, "-VALUE-9 x") + end(filter)).toBe(`${T} x`)
  })

  it("gives whole lines only to a reader who may have chosen them, says nothing of a part, and counts nothing", () => {
    const ending = (text: string, how: "normal" | "killed"): string => {
      const redactor = redactorOf(VALUE, { reader: "adversary" })
      const filter = redactor.filter()
      const output = text.split("").map((character) => push(filter, character)).join("") + end(filter, how)
      expect([redactor.counts(), filter.counts()]).toEqual([[], []])
      return output
    }
    const guesses = ["one\ntwo s3cr", "one\ntwo s3cx", `one\ntwo ${VALUE.slice(0, -1)}`, "one\ntwo"]
    expect(guesses.map((text) => ending(text, "killed"))).toEqual(["one\n", "one\n", "one\n", "one\n"])
    expect(ending(`${VALUE}\ntwo s3cr`, "normal")).toBe(`${T}\ntwo s3cr`)
    const filter = redactorOf(VALUE, { reader: "adversary" }).filter()
    expect([push(filter, "> s3"), filter.release(3).length]).toEqual(["", 0])
  })

  it("is independent of its neighbours, and counts for itself and for all", () => {
    const redactor = redactorOf()
    const [out, error] = [redactor.filter(), redactor.filter()]
    expect(push(out, VALUE.slice(0, 8)) + push(error, VALUE) + push(out, VALUE.slice(8))).toBe(T + T)
    expect(push(out, Buffer.from(VALUE).toString("hex"))).toBe(T)
    expect(error.counts()).toEqual([{ name: "T", variant: "exact", count: 1 }])
    expect(redactor.counts()).toEqual([{ name: "T", variant: "exact", count: 2 }, { name: "T", variant: "hex", count: 1 }])
  })

  it("flows through web streams and Node streams alike", async () => {
    const redactor = redactorOf()
    const web = new Blob([`a ${VALUE.slice(0, 5)}`, `${VALUE.slice(5)} b s3c`]).stream().pipeThrough(redactor.transform())
    expect(await new Response(web).text()).toBe(`a ${T} b s3c`)
    const node = Duplex.fromWeb(redactor.transform())
    node.end(`a ${VALUE} b`)
    expect(Buffer.concat(await node.toArray() as Buffer[]).toString()).toBe(`a ${T} b`)
  })

  it("does not care what becomes of a chunk once its output was used", () => {
    const filter = redactorOf().filter()
    const chunk = Buffer.from("x s3cr3t")
    expect(Buffer.from(filter.push(chunk)).toString()).toBe("x ")
    chunk.fill(0)
    expect(push(filter, "-VALUE-9") + end(filter)).toBe(T)
  })

  it("refuses text, and anything after its end", () => {
    const filter = redactorOf().filter()
    expect(() => filter.push(VALUE as unknown as Uint8Array)).toThrow(TypeError)
    filter.end()
    expect(() => filter.push(Buffer.from("x"))).toThrow(TypeError)
    expect(() => filter.end()).toThrow(TypeError)
  })
})

describe("a redactor that was disposed of", () => {
  it("passes nothing, and says so without the text", () => {
    const redactor = redactorOf()
    const filter = redactor.filter()
    push(filter, "s3cr")
    redactor.dispose()
    for (const use of [() => redactor.redact(VALUE), () => filter.push(Buffer.from(VALUE)), () => filter.end(), () => redactor.add("A", VALUE), () => redactor.filter()])
      expect(use).toThrow("The redactor was disposed of")
  })

  it("has overwritten what it held of values, of variants and of unfinished output", () => {
    const { arrays, redactor } = allArrays(() => {
      const made = redactorOf(VALUE, { variants: { utf16: false } })
      made.filter().push(Buffer.from("s3cr3t-VALUE"))
      return made
    })
    const hex = Buffer.from(VALUE).toString("hex").toUpperCase()
    const holders = (): Uint8Array[] => arrays.filter((array) => Buffer.from(array).includes("cr3t-VALUE") || Buffer.from(array).includes(hex) || Buffer.from(array).includes("%73%33"))
    // Patterns, the last variant that was written, and what is held back.
    expect(holders().length).toBeGreaterThanOrEqual(3)
    redactor.dispose()
    expect(holders()).toEqual([])
  })
})

describe("bad input", () => {
  it("is refused by name, without the value", () => {
    expect(() => createRedactor([{ name: "T", value: 12345678 as unknown as string }])).toThrow("The value of T is neither text nor bytes")
    expect(() => redactorOf().redact(12345678 as unknown as string)).toThrow(TypeError)
  })
})

/** Every array of bytes that is made meanwhile. */
const allArrays = (make: () => Redactor): { arrays: Uint8Array[]; redactor: Redactor } => {
  const arrays: Uint8Array[] = []
  const { Uint8Array: Original } = globalThis
  const keep = (target: typeof Uint8Array, args: unknown[], newTarget: unknown): Uint8Array => {
    const array = Reflect.construct(target, args, newTarget as typeof Uint8Array) as Uint8Array
    arrays.push(array)
    return array
  }
  globalThis.Uint8Array = new Proxy(Original, { construct: keep as never })
  try {
    return { arrays, redactor: make() }
  } finally {
    globalThis.Uint8Array = Original
  }
}
