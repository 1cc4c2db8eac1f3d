import fc from "fast-check"
import type { EnvEntry } from "../../src/envfile/env-format.ts"

/** What readers of env files give a meaning to, and what trips readers of text. */
const PIECES = [
  "'", '"', "`", "$", "\\", "\n", "\r", "\r\n", "#", " #", " ", "\t", "=", ":", "~", ":~", "!", "&", ";", "|", "(", ")", "<", ">", "*", "{", "}", "${A}", "$(id)", "\\n", "\\r", "\\t", "\\'", '\\"',
  "\\\\", "\\0101", "$$", "'\\''", "export B=", "\nB=2", "\nB: 2", "\n#", "# sotto end", "-----BEGIN KEY-----\n", "NODE_OPTIONS=", "a", "Z", "0", "é", "ß", "漢", "😀", "\u0001", "\u0007", "\u007f", "\u0081", "\u0085", "\u00a0", "\u2028", "\u2029", "\ufeff",
  "\u3000", "\ufdd0", "\uffff", "\u{1fffe}",
]
/** What no format but JSON carries: a NUL, and half of a surrogate pair. */
const NOWHERE = ["\0", "\ud800", "\udc00"]

const piece = fc.oneof({ weight: 40, arbitrary: fc.constantFrom(...PIECES) }, { weight: 10, arbitrary: fc.string({ unit: "grapheme", maxLength: 3 }) }, { weight: 1, arbitrary: fc.constantFrom(...NOWHERE) })

export const hostileValue: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.array(piece, { maxLength: 10 }).map((parts) => parts.join("")) },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
)

/** As many files of `size` variables as make `count` values: the same for the same seed. */
export const hostileFiles = (count: number, size: number, seed: number): EnvEntry[][] => {
  const values = fc.sample(hostileValue, { numRuns: count, seed })
  return Array.from({ length: Math.ceil(count / size) }, (_, file) => values.slice(file * size, (file + 1) * size).map((value, index) => ({ key: `V_${index}`, value })))
}

const LINES = ["A=", "B=", "\nA=", "\nB=", "\nC= ", "\n", "\n\n", "\r\n", "\n# ", "\n; ", "export ", "\nexport C=", "\n D =", "\n=", "\nE", "\nF:", "A.b-c=", "é=", "\n__proto__=x\n", "K1=\t", "x", " ", "'", '"', "'x y'", '"x y"', "\\\n", " # c", "#"]
/** The text of a file that nobody rendered, out of what readers give a meaning to. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...LINES) }, { weight: 2, arbitrary: fc.constantFrom(...PIECES) }), { maxLength: 16 })
  .map((parts) => parts.join(""))
