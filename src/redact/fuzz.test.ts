import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { allPatterns } from "../../test/redact/all-patterns.ts"
import { oracleHeld, type OraclePattern, oracleRedact } from "../../test/redact/oracle.ts"
import { createRedactor, type NamedValue, type RedactorOptions } from "./create-redactor.ts"
import type { StreamFilter } from "./stream-filter.ts"

/** `npm run test:redact-fuzz` sets more. */
const numRuns = Number(process.env.SOTTO_REDACT_RUNS ?? 600)
const timeout = 20_000 + numRuns * 50

const EXACT_ONLY: RedactorOptions = {
  variants: {
    "without-newline": false, trimmed: false, unquoted: false, line: false, newline: false, base64: false, base64url: false, hex: false,
    json: false, percent: false, html: false, shell: false, c: false, utf16: false,
  },
}

/** Few letters, so that values overlap each other and themselves, and texts are full of near misses. */
const letters = (most: number): fc.Arbitrary<number> => fc.integer({ min: 97, max: 96 + most })
const value = fc.integer({ min: 1, max: 4 }).chain((most) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.array(letters(most), { minLength: 1, maxLength: 30 }) },
    { weight: 1, arbitrary: fc.array(letters(most), { minLength: 30, maxLength: 90 }) },
    { weight: 1, arbitrary: fc.array(fc.nat(255), { minLength: 1, maxLength: 20 }) },
  ),
)
const values = fc.array(value, { maxLength: 7 })

/** Text made of letters, of whole values, and of their parts. */
const textOf = (of: readonly (readonly number[])[]): fc.Arbitrary<number[]> => {
  const part = of.length === 0
    ? fc.constant<number[]>([])
    : fc.tuple(fc.constantFrom(...of), fc.nat(40), fc.nat(90)).map(([whole, from, length]) => whole.slice(from % whole.length, (from % whole.length) + length))
  const whole = of.length === 0 ? fc.constant<number[]>([]) : fc.constantFrom(...of).map((each) => [...each])
  const piece = fc.oneof(whole, part, fc.array(letters(3), { maxLength: 12 }), fc.array(fc.nat(255), { maxLength: 40 }))
  return fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.flat())
}

const cuts = fc.oneof(
  fc.constant([1]),
  fc.array(fc.integer({ min: 0, max: 70 }), { minLength: 1, maxLength: 20 }),
)

const named = (of: readonly (readonly number[])[]): NamedValue[] => of.map((each, i) => ({ name: `N${i}`, value: Uint8Array.from(each) }))

const exactPatterns = (secrets: readonly NamedValue[]): OraclePattern[] => secrets.map(({ name, value: bytes }) => ({ name, bytes: bytes as Uint8Array }))

/** The cuts are lengths of chunks, taken in turns. */
const pushAll = (filter: StreamFilter, text: Uint8Array, lengths: readonly number[]): Uint8Array[] => {
  const parts: Uint8Array[] = []
  const usable = lengths.some((length) => length > 0) ? lengths : [1]
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const length = usable[turn % usable.length] as number
    parts.push(filter.push(text.slice(at, at + length)))
    at += length
  }
  return parts
}

const survivors = (patterns: readonly OraclePattern[], output: Buffer): string[] => {
  const runs = output.toString("latin1").split(/\[REDACTED:SECRET_N\d+\]/)
  return patterns.map(({ bytes }) => Buffer.from(bytes).toString("latin1")).filter((each) => each !== "" && runs.some((run) => run.includes(each)))
}

describe("any values, any text, any cuts", () => {
  it("give what the oracle gives", { timeout }, () => {
    fc.assert(
      fc.property(values.chain((of) => fc.tuple(fc.constant(of), textOf(of), cuts)), ([of, text, lengths]) => {
        const secrets = named(of)
        const expected = oracleRedact(exactPatterns(secrets), Uint8Array.from(text))
        const redactor = createRedactor(secrets, EXACT_ONLY)
        expect(Buffer.from(redactor.redact(Uint8Array.from(text)))).toEqual(expected)
        const filter = redactor.filter()
        const output = pushAll(filter, Uint8Array.from(text), lengths)
        expect(filter.held).toBe(oracleHeld(exactPatterns(secrets), Uint8Array.from(text)))
        expect(Buffer.concat([...output, filter.end()])).toEqual(expected)
      }),
      { numRuns },
    )
  })

  it("give what the oracle gives with every variant, and none of them survives", { timeout }, () => {
    const strange = fc.constantFrom("é", "\n", "\r\n", '"', "'", "/", "\\", "&", " ", "%", "$", "<", "😀", "\t", "\u0001", "ab", "c1", "Z")
    const strangeValue = fc.array(strange, { minLength: 1, maxLength: 14 }).map((parts) => [...Buffer.from(parts.join(""))])
    fc.assert(
      fc.property(
        fc.array(fc.oneof(strangeValue, value), { minLength: 1, maxLength: 3 }).chain((of) => {
          const patterns = allPatterns(named(of))
          return fc.tuple(fc.constant(of), fc.constant(patterns), textOf(patterns.map(({ bytes }) => [...bytes])), cuts)
        }),
        ([of, patterns, text, lengths]) => {
          const redactor = createRedactor(named(of))
          const filter = redactor.filter()
          const output = Buffer.concat([...pushAll(filter, Uint8Array.from(text), lengths), filter.end()])
          expect(output).toEqual(oracleRedact(patterns, Uint8Array.from(text)))
          expect(survivors(patterns, output)).toEqual([])
        },
      ),
      { numRuns: Math.ceil(numRuns / 3) },
    )
  })

  it("give the same whenever a value is added before the text that holds it", { timeout }, () => {
    fc.assert(
      fc.property(values.chain((of) => fc.tuple(fc.constant(of), fc.array(textOf(of), { minLength: of.length + 1, maxLength: of.length + 1 }), cuts)), ([of, texts, lengths]) => {
        const redactor = createRedactor([], EXACT_ONLY)
        const filter = redactor.filter()
        const parts: Uint8Array[] = []
        const known: NamedValue[] = []
        const secrets = named(of)
        const step = (lengths[0] ?? 0) + 1
        const push = (text: readonly number[]): void => {
          for (let at = 0; at < text.length; at += step) parts.push(filter.push(Uint8Array.from(text.slice(at, at + step))))
        }
        // Values whose text went by before they were known may be there; from the moment of `add` on no new one may be.
        for (const [i, secret] of secrets.entries()) {
          push(texts[i] as number[])
          const before = Buffer.concat(parts).length
          redactor.add(secret.name, secret.value)
          known.push(secret)
          push([...(texts[i + 1] as number[])])
          const fresh = Buffer.concat(parts).subarray(before)
          expect(survivors(exactPatterns(known), fresh)).toEqual([])
        }
        parts.push(filter.end())
      }),
      { numRuns },
    )
  })

  it("leave nothing of a killed writer's partial match of four bytes, and everything else", { timeout }, () => {
    fc.assert(
      fc.property(fc.array(fc.nat(255), { minLength: 5, maxLength: 40 }), fc.nat(40), cuts, (bytes, length, lengths) => {
        const part = bytes.slice(0, (length % (bytes.length - 1)) + 1)
        const redactor = createRedactor([{ name: "N0", value: Uint8Array.from(bytes) }], EXACT_ONLY)
        const filter = redactor.filter()
        const text = Uint8Array.from([...Buffer.from("before "), ...part])
        const parts: Uint8Array[] = []
        const step = (lengths[0] ?? 0) + 1
        for (let at = 0; at < text.length; at += step) parts.push(filter.push(text.slice(at, at + step)))
        const { held } = filter
        const output = Buffer.concat([...parts, filter.end("killed")])
        expect(held).toBeGreaterThanOrEqual(part.length)
        const kept = Buffer.from(text.slice(0, text.length - held))
        expect(output).toEqual(held >= 4 ? Buffer.concat([kept, Buffer.from("[REDACTED:SECRET_N0]")]) : Buffer.from(text))
      }),
      { numRuns },
    )
  })
})
