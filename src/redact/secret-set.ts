import { utf8 } from "../base/bytes.ts"
import { redactedMarker } from "../base/redacted.ts"
import { HeldBytes } from "./held-bytes.ts"
import { Matcher } from "./matcher.ts"
import { hashOf, OwnPatterns } from "./own-patterns.ts"
import { NO_PATTERN, type PatternOwner, PatternStore } from "./pattern-store.ts"
import { type RedactionCount, Tally } from "./tally.ts"
import { KINDS, type VariantSwitches } from "./variants/kinds.ts"
import { Scratch } from "./variants/scratch.ts"
import { VariantWriter } from "./variants/variant-writer.ts"

/** Something about a secret that its owner should know. It names the secret and shows nothing of it. */
export interface RedactorWarning {
  name: string
  /**
   * `weak_value`: so short, or so empty, that output is masked where nothing secret stands, and no variants are searched for.
   * `variants_omitted`: the variants of all secrets together are larger than the limit; this one has not all of its own.
   */
  reason: "weak_value" | "variants_omitted"
}

/** A value of fewer bytes has no variants, and a variant of a line has at least as many. */
export const WEAK_BYTES = 8

/** Enough for thirty thousand tokens. */
export const DEFAULT_MAX_VARIANT_BYTES = 32 * 1024 * 1024

/** What all filters of a redactor share: the secrets, what is searched for, and how often it was found. */
export class SecretSet {
  readonly warnings: RedactorWarning[] = []
  readonly matcher: Matcher
  readonly #patterns = new PatternStore()
  readonly #names: string[] = []
  readonly #markers: Uint8Array[] = []
  /** Pattern numbers of values by a hash of them: a value that comes again costs nothing. */
  readonly #values = new Map<number, number[]>()
  readonly #scratch = new Scratch()
  readonly #variants: VariantWriter
  readonly #maxVariantBytes: number
  readonly #tally: Tally | null = null
  /** What filters hold back. A filter that nobody ends is forgotten with its owner. */
  #held: WeakRef<HeldBytes>[] = []
  #heldLimit = 64
  #variantBytes = 0
  #isStale = false
  #isDisposed = false

  constructor({ variants, maxVariantBytes, isCounting }: { variants: VariantSwitches; maxVariantBytes: number; isCounting: boolean }) {
    this.matcher = new Matcher(this.#patterns)
    this.#variants = new VariantWriter(variants)
    this.#maxVariantBytes = maxVariantBytes
    if (isCounting) this.#tally = new Tally()
  }

  add(name: string, value: string | Uint8Array): void {
    this.#refuseDisposed()
    if (typeof value !== "string" && !(value instanceof Uint8Array)) throw new TypeError(`The value of ${name} is neither text nor bytes`)
    const bytes = typeof value === "string" ? utf8(value) : value
    if (bytes.length === 0) return
    const isWeak = bytes.length < WEAK_BYTES || isBlank(bytes)
    if (isWeak) this.#warn(name, "weak_value")
    if (!this.#isKnown(bytes)) this.#register(name, bytes, isWeak)
    if (typeof value === "string") bytes.fill(0)
  }

  /** Bytes that are overwritten when the secrets are. */
  newHeldBytes(): HeldBytes {
    const held = new HeldBytes()
    if (this.#held.length >= this.#heldLimit) {
      this.#held = this.#held.filter((each) => each.deref() !== undefined)
      this.#heldLimit = Math.max(64, this.#held.length * 2)
    }
    this.#held.push(new WeakRef(held))
    return held
  }

  /** Before each use: takes up what was added. @returns the epoch of the automaton's states */
  refresh(): number {
    this.#refuseDisposed()
    if (this.#isStale) this.matcher.refresh()
    else this.matcher.automaton.trim()
    this.#isStale = false
    return this.matcher.automaton.epoch
  }

  markerOf(pattern: number): Uint8Array {
    return this.#markers[this.#patterns.secrets[pattern] as number] as Uint8Array
  }

  count(pattern: number, own?: Tally): void {
    if (this.#tally === null) return
    const [secret, kind] = [this.#patterns.secrets[pattern] as number, this.#patterns.kinds[pattern] as number]
    this.#tally.add(secret, kind)
    own?.add(secret, kind)
  }

  countsOf(tally: Tally | null = this.#tally): RedactionCount[] {
    return tally?.list(this.#names, KINDS) ?? []
  }

  /** Overwrites what it holds of the values. Nothing passes afterwards. */
  dispose(): void {
    this.#isDisposed = true
    this.matcher.wipe()
    this.#patterns.wipe()
    this.#scratch.wipe()
    this.#values.clear()
    for (const held of this.#held) held.deref()?.wipe()
  }

  #register(name: string, bytes: Uint8Array, isWeak: boolean): void {
    const secret = this.#names.push(name) - 1
    this.#markers.push(utf8(redactedMarker(name)))
    const own = new OwnPatterns(this.#patterns)
    own.add(this.#patterns.add(bytes, bytes.length, { secret, kind: 0 }), bytes, bytes.length)
    this.#isStale = true
    if (isWeak) return
    let isWhole = true
    this.#variants.write(bytes, this.#scratch, (kind, lengths) => {
      isWhole = this.#addVariants(lengths, own, { secret, kind }) && isWhole
    })
    if (!isWhole) this.#warn(name, "variants_omitted")
  }

  /** The lengths are of prefixes of one text, the longest first. @returns whether there was room */
  #addVariants(lengths: readonly number[], own: OwnPatterns, owner: PatternOwner): boolean {
    const { bytes } = this.#scratch
    let whole = NO_PATTERN
    for (const length of lengths) {
      if (own.has(bytes, length)) continue
      if (whole !== NO_PATTERN) own.add(this.#patterns.addPrefix(whole, length, owner), bytes, length)
      else {
        if (this.#variantBytes + length > this.#maxVariantBytes) return false
        this.#variantBytes += length
        whole = this.#patterns.add(bytes, length, owner)
        own.add(whole, bytes, length)
      }
    }
    return true
  }

  #isKnown(bytes: Uint8Array): boolean {
    const hash = hashOf(bytes, bytes.length)
    const candidates = this.#values.get(hash) ?? []
    if (candidates.some((pattern) => this.#patterns.isEqual(pattern, bytes, bytes.length))) return true
    this.#values.set(hash, [...candidates, this.#patterns.count])
    return false
  }

  #warn(name: string, reason: RedactorWarning["reason"]): void {
    if (!this.warnings.some((warning) => warning.name === name && warning.reason === reason)) this.warnings.push({ name, reason })
  }

  #refuseDisposed(): void {
    if (this.#isDisposed) throw new TypeError("The redactor was disposed of")
  }
}

const isBlank = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d))
