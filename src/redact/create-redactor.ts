import { LineFilter } from "./line-filter.ts"
import { redactJson } from "./redact-json.ts"
import { redactBytes, redactText } from "./redact-whole.ts"
import { DEFAULT_MAX_VARIANT_BYTES, type RedactorWarning, SecretSet } from "./secret-set.ts"
import { ByteFilter, type StreamFilter } from "./stream-filter.ts"
import type { RedactionCount } from "./tally.ts"
import type { VariantSwitches } from "./variants/kinds.ts"

/** A value to be masked, and the name that its marker shows. */
export interface NamedValue {
  name: string
  value: string | Uint8Array
}

export interface RedactorOptions {
  /** Kinds of variants to leave out. The value itself is always masked. */
  variants?: VariantSwitches
  /**
   * `adversary` where the reader may have chosen the text, as a model may: the last incomplete line of a killed writer is
   * dropped, lines are printed whole, and nothing is counted.
   */
  reader?: "trusted" | "adversary"
  /** So many bytes may the variants of all secrets have together (32 MiB); what goes beyond is left out. */
  maxVariantBytes?: number
}

/** Masks values, and variants of them, in what is printed. */
export interface Redactor {
  /** From now on the value is masked too, in what filters hold back as well. An empty one is ignored. */
  add(name: string, value: string | Uint8Array): void
  /** A whole text, or whole bytes. */
  redact<T extends string | Uint8Array>(whole: T): T extends string ? string : Uint8Array
  /**
   * A JSON value: keys and texts are redacted one by one, so that what `JSON.stringify` makes of it stays JSON. A number,
   * `true`, `false` or `null` that holds a value becomes a text.
   */
  redactJson(value: unknown): unknown
  /** For one stream. Standard output and standard error are two. */
  filter(): StreamFilter
  /** The same as a web stream. */
  transform(): TransformStream<Uint8Array, Uint8Array>
  /** What was masked so far, in everything. */
  counts(): RedactionCount[]
  /** Secrets that are masked worse than their owner may think, by name. */
  readonly warnings: readonly RedactorWarning[]
  /** Overwrites the values that are held. Every later use throws, so that nothing passes unmasked. */
  dispose(): void
}

/** Where two secrets have the same value, the marker is that of the first. */
export const createRedactor = (values: readonly NamedValue[], options: RedactorOptions = {}): Redactor => {
  const isAdversary = options.reader === "adversary"
  const secrets = new SecretSet({
    variants: { ...options.variants },
    maxVariantBytes: options.maxVariantBytes ?? DEFAULT_MAX_VARIANT_BYTES,
    isCounting: !isAdversary,
  })
  for (const { name, value } of values) secrets.add(name, value)
  const filter = (): StreamFilter => (isAdversary ? new LineFilter(new ByteFilter(secrets)) : new ByteFilter(secrets))
  return {
    add: (name, value) => secrets.add(name, value),
    redact: ((whole: string | Uint8Array) => redactWhole(secrets, whole)) as Redactor["redact"],
    redactJson: (value) => redactJson(value, (text) => redactText(secrets, text)),
    filter,
    transform: () => transformBy(filter()),
    counts: () => secrets.countsOf(),
    get warnings() {
      return secrets.warnings
    },
    dispose: () => secrets.dispose(),
  }
}

const redactWhole = (secrets: SecretSet, whole: string | Uint8Array): string | Uint8Array => {
  if (typeof whole === "string") return redactText(secrets, whole)
  if (whole instanceof Uint8Array) return redactBytes(secrets, whole)
  throw new TypeError("A redactor takes text or bytes")
}

const transformBy = (filter: StreamFilter): TransformStream<Uint8Array, Uint8Array> => {
  const pass = (output: Uint8Array, to: TransformStreamDefaultController<Uint8Array>): void => {
    if (output.length > 0) to.enqueue(output)
  }
  return new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => pass(filter.push(chunk), controller),
    flush: (controller) => pass(filter.end(), controller),
  })
}
