import { describe, expect, it } from "vitest"
import { logText, seeded } from "../../bench/log-text.ts"
import { ROOT } from "./automaton.ts"
import { Matcher } from "./matcher.ts"
import { PatternStore } from "./pattern-store.ts"

const TEXT_BYTES = 200_000

const storeOf = (texts: readonly string[]): PatternStore => {
  const store = new PatternStore()
  for (const [secret, text] of texts.entries()) store.add(Buffer.from(text), text.length, { secret, kind: 0 })
  return store
}

/** Steps of the automaton, patterns handed on, and windows compared, for the text in chunks. */
const workOf = (patterns: readonly string[], text: string, chunkBytes = 4096): number => {
  const matcher = new Matcher(storeOf(patterns))
  const bytes = Buffer.from(text)
  let state = ROOT
  for (let at = 0; at < bytes.length; at += chunkBytes) state = matcher.read(bytes.subarray(at, at + chunkBytes), state, () => {})
  return matcher.work
}

const counting = (count: number, text: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => text(i))
const repeated = (unit: string): string => unit.repeat(Math.ceil(TEXT_BYTES / unit.length)).slice(0, TEXT_BYTES)

describe("what a text costs", () => {
  const hostile: [string, string[], string][] = [
    ["one letter, and values of one to two hundred of them", counting(200, (i) => "a".repeat(i + 1)), repeated("a")],
    ["one letter, and values that want another one in the end", counting(200, (i) => `${"a".repeat(i + 8)}b`), repeated("a")],
    ["a value of 64 KiB that is nearly there all the time", [`${"ab".repeat(32_000)}c`], repeated("ab")],
    ["values each of which ends the one before", counting(500, (i) => "xyzw".repeat(200).slice(i)), repeated(`${"xyzw".repeat(199)}xyzq`)],
    ["a thousand values that begin alike", counting(1_000, (i) => `sk_live_0123456789_${i}`), repeated("sk_live_0123456789_x ")],
    ["the first bytes of values and no more", counting(100, (i) => `${i}-abcdefghijklmnopqrstuvwxyz`), repeated("17-abcdefghijklmnopqrstuvwxy ")],
    ["short values everywhere", ["a", "ab", "abc", "abcd", "bcda", "cdabcd"], repeated("abcdab")],
    ["powers of two and their neighbours", counting(12, (i) => "a".repeat(2 ** i)).concat(counting(12, (i) => `${"a".repeat(2 ** i)}b`)), repeated("aaaaaaaaab")],
  ]

  it.each(hostile)("grows with its length and the values' alone: %s", (_what, patterns, text) => {
    const patternBytes = patterns.reduce((sum, pattern) => sum + pattern.length, 0)
    expect(workOf(patterns, text)).toBeLessThan(6 * (text.length + patternBytes) + 1_000)
    expect(workOf(patterns, text, 7)).toBeLessThan(6 * (text.length + patternBytes) + 1_000)
  })

  it("doubles when the text does, however long the value", () => {
    const value = [`${"ab".repeat(2_000)}c`]
    const [once, twice] = [workOf(value, repeated("ab").slice(0, 50_000)), workOf(value, repeated("ab").slice(0, 100_000))]
    expect(twice).toBeLessThan(once * 2.2)
  })

  it("is a small part of its bytes where nothing is near a value", () => {
    const text = logText(TEXT_BYTES, seeded(1)).toString()
    expect(workOf(["q7Xk2vVb9TzLwP4m", "Zr8Yt3Nc6Hd1Gf5J"], text, 65_536)).toBeLessThan(TEXT_BYTES / 50)
  })
})

describe("the automaton", () => {
  it("forgets its nodes when there are too many, and a stream goes on as if nothing had been", () => {
    const value = "abcabcabd".repeat(4)
    const matcher = new Matcher(storeOf([value]))
    const state = matcher.read(Buffer.from(value.slice(0, 20)), ROOT, () => {})
    expect(matcher.automaton.depths[state]).toBe(20)
    const { epoch } = matcher.automaton
    matcher.automaton.reset()
    expect(matcher.automaton.epoch).toBe(epoch + 1)
    const found: number[] = []
    matcher.read(Buffer.from(value), ROOT, (start, end) => found.push(start, end))
    expect(found).toEqual([0, value.length])
  })
})
