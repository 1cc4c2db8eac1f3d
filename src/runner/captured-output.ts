import type { Readable } from "node:stream"
import { concatBytes } from "../base/bytes.ts"
import type { StreamFilter } from "../redact/stream-filter.ts"

export interface Captured {
  text: string
  isTruncated: boolean
  /** null for text. */
  binaryBytes: number | null
}

export interface Capture {
  done: Promise<void>
  finish(how: "normal" | "killed"): Captured
}

interface CaptureOptions {
  filter: StreamFilter
  /** Kept of what is redacted; the rest is read and dropped. */
  maxBytes: number
  /** Read at most, before `onTooMuch`: a line that never ends would be held whole. */
  maxRawBytes: number
  onTooMuch: () => void
}

/** Reads a stream to its end: first it is redacted, then it is cut. */
export const captureOutput = (source: Readable, { filter, maxBytes, maxRawBytes, onTooMuch }: CaptureOptions): Capture => {
  const parts: Uint8Array[] = []
  let kept = 0
  let whole = 0
  let raw = 0
  const keep = (bytes: Uint8Array): void => {
    whole += bytes.length
    if (kept >= maxBytes || bytes.length === 0) return
    const part = bytes.slice(0, maxBytes - kept) // a copy: the chunk's memory is used again
    parts.push(part)
    kept += part.length
  }
  const read = async (): Promise<void> => {
    try {
      for await (const chunk of source as AsyncIterable<Uint8Array>) {
        raw += chunk.length
        if (raw > maxRawBytes) return onTooMuch()
        keep(filter.push(chunk))
      }
    } catch {
      // It was closed before its end: what was read counts.
    }
  }
  return {
    done: read(),
    finish: (how) => {
      keep(filter.end(raw > maxRawBytes ? "killed" : how))
      return captured(concatBytes(...parts), whole)
    },
  }
}

const captured = (bytes: Uint8Array, whole: number): Captured => {
  const isTruncated = whole > bytes.length
  const text = textOf(bytes, isTruncated)
  return text === null ? { text: "", isTruncated, binaryBytes: whole } : { text, isTruncated, binaryBytes: null }
}

const MAX_UTF8_TAIL = 3

/** null for what is not text. A cut may go through a character. */
const textOf = (bytes: Uint8Array, isCut: boolean): string | null => {
  if (bytes.includes(0)) return null
  for (let dropped = 0; dropped <= (isCut ? MAX_UTF8_TAIL : 0); dropped++) {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, bytes.length - dropped))
    } catch {
      // One byte less may be whole characters.
    }
  }
  return null
}
