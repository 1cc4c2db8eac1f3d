import { fromUtf8, utf8 } from "../base/bytes.ts"
import { ROOT } from "./automaton.ts"
import { MaskedSpans, type Span } from "./masked-spans.ts"
import { Output } from "./output.ts"
import type { SecretSet } from "./secret-set.ts"

/** A whole value, in memory of its own. */
export const redactBytes = (secrets: SecretSet, bytes: Uint8Array): Uint8Array => {
  const output = new Output(NOTHING, bytes)
  let at = 0
  for (const { start, end, pattern } of findSpans(secrets, bytes)) {
    output.copy(at, start)
    output.put(secrets.markerOf(pattern))
    at = end
  }
  output.copy(at, bytes.length)
  return output.copied()
}

/**
 * A whole text. What stands between markers is taken from the text itself, also halves of characters that UTF-8 has no
 * bytes for; a character of which only a part would be masked is masked.
 */
export const redactText = (secrets: SecretSet, text: string): string => {
  const bytes = utf8(text)
  const spans = findSpans(secrets, bytes)
  bytes.fill(0)
  if (spans.length === 0) return text
  const place = createPlaces(text)
  let redacted = ""
  let at = 0
  for (const { start, end, pattern } of spans) {
    redacted += text.slice(at, place(start, "begin")) + fromUtf8(secrets.markerOf(pattern))
    at = place(end, "end")
  }
  return redacted + text.slice(at)
}

const NOTHING = new Uint8Array(0)

const findSpans = (secrets: SecretSet, bytes: Uint8Array): Span[] => {
  secrets.refresh()
  const spans = new MaskedSpans()
  secrets.matcher.read(bytes, ROOT, (start, end, pattern) => spans.add(start, end, pattern))
  const found = spans.takeBefore(bytes.length)
  for (const { pattern } of found) secrets.count(pattern)
  return found
}

/** From places in UTF-8 to places in the text, asked for in rising order. Inside a character it is its begin or its end. */
const createPlaces = (text: string): ((byte: number, side: "begin" | "end") => number) => {
  let unit = 0
  let byte = 0
  return (wanted, side) => {
    while (byte < wanted) {
      const codePoint = text.codePointAt(unit) as number
      const length = utf8Length(codePoint)
      if (side === "begin" && byte + length > wanted) return unit
      byte += length
      unit += codePoint > 0xffff ? 2 : 1
    }
    return unit
  }
}

const utf8Length = (codePoint: number): number => {
  if (codePoint < 0x80) return 1
  if (codePoint < 0x800) return 2
  return codePoint < 0x10000 ? 3 : 4
}
