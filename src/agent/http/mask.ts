import { SecretError } from "../../base/errors.ts"
import { redactedMarker } from "../../base/redacted.ts"
import type { Placement } from "../../core/policy/policy-shape.ts"
import { adversaryValues } from "../../redact/adversary-values.ts"
import { createRedactor } from "../../redact/create-redactor.ts"
import type { CallSecret } from "./credentials.ts"
import { DECODED_VIEWS } from "./decoded-views.ts"
import { basicPair } from "./place-header.ts"

/** Hides a secret in what a server answers. */
export interface Mask {
  text(text: string): string
  bytes(bytes: Uint8Array): Uint8Array
  /** Of a body: the value is looked for in what escapes of JSON and percent codes stand for as well. */
  body(text: string): string
  /** So many bytes at the end of a cut text may be the beginning of a value. */
  readonly tailBytes: number
  /** How often the value stood somewhere. Not for the model: it would confirm a guess. */
  readonly hits: number
  dispose(): void
}

/** @throws SecretError `forbidden` for a value that is too short to be told from other text */
export const createMask = (secret: CallSecret, places: readonly Placement[]): Mask => {
  const forms = formsOf(secret, places)
  const redactor = createRedactor(adversaryValues(forms.map((value) => ({ name: secret.key, value }))), { reader: "adversary" })
  if (redactor.warnings.some(({ reason }) => reason === "weak_value")) {
    redactor.dispose()
    throw new SecretError("forbidden", `The value of "${secret.key}" is too short to be masked in an answer`, { details: { key: secret.key } })
  }
  const marker = Buffer.from(redactedMarker(secret.key))
  let hits = 0
  const counted = <T extends string | Uint8Array>(before: T, after: T): T => {
    hits += occurrences(after, marker) - occurrences(before, marker)
    return after
  }
  const text = (whole: string): string => counted(whole, redactor.redact(whole))
  return {
    text,
    bytes: (whole) => counted(whole, redactor.redact(whole)),
    body: (whole) => {
      let seen = text(whole)
      const tried = new Set([seen])
      for (const view of DECODED_VIEWS) {
        const decoded = view(seen)
        if (tried.has(decoded)) continue
        tried.add(decoded)
        const masked = redactor.redact(decoded)
        if (occurrences(masked, marker) > occurrences(seen, marker)) seen = counted(decoded, masked)
      }
      return seen
    },
    tailBytes: ESCAPED_BYTES * Math.max(...forms.map((form) => Buffer.byteLength(form))),
    get hits() {
      return hits
    },
    dispose: () => redactor.dispose(),
  }
}

/** No way of escaping, and none twice, makes more of one byte: `&quot;`, `\\u0022`, JSON within JSON. */
const ESCAPED_BYTES = 16

/** What the redactor does not look for by itself: another case, encoded twice, and the pair of HTTP Basic as a whole. */
const formsOf = ({ value }: CallSecret, places: readonly Placement[]): string[] => {
  const plain = value.reveal()
  const base64 = Buffer.from(plain).toString("base64")
  const pairs = places.flatMap((place) => (place.in === "basic" ? [basicPair(place.user, plain)] : []))
  return [...new Set([plain, plain.toLowerCase(), plain.toUpperCase(), base64, ...pairs])]
}

const occurrences = (whole: string | Uint8Array, marker: Buffer): number => {
  const bytes = Buffer.from(whole as Uint8Array)
  let count = 0
  for (let at = bytes.indexOf(marker); at !== -1; at = bytes.indexOf(marker, at + marker.length)) count++
  return count
}
