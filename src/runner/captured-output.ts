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
  /** All was read, or nobody listens any more. */
  done: Promise<void>
  /** Listens no more. */
  close(): void
  finish(how: "normal" | "killed"): Captured
}

interface CaptureOptions {
  filter: StreamFilter
  /** Kept of what is redacted; the rest is read and dropped. */
  maxBytes: number
}

/** A line that never ends is held whole, up to so many times of what is kept. */
const RAW_FACTOR = 16

/** Reads a stream to its end: first it is redacted, then it is cut. A writer is neither held up nor ended by what it writes. */
export const captureOutput = (source: Readable, { filter, maxBytes }: CaptureOptions): Capture => {
  const maxRawBytes = maxBytes * RAW_FACTOR
  const parts: Uint8Array[] = []
  let kept = 0
  let whole = 0
  let raw = 0
  let isDropping = false
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
        const taken = isDropping || kept >= maxBytes ? 0 : Math.min(chunk.length, maxRawBytes - raw)
        isDropping = taken < chunk.length
        raw += taken
        if (taken > 0) keep(filter.push(chunk.subarray(0, taken)))
      }
    } catch {
      // It was closed before its end: what was read counts.
    }
  }
  return {
    done: read(),
    close: () => void source.destroy(),
    finish: (how) => {
      keep(filter.end(isDropping ? "killed" : how))
      return captured(concatBytes(...parts), { whole, isTruncated: isDropping || whole > kept })
    },
  }
}

const captured = (bytes: Uint8Array, { whole, isTruncated }: { whole: number; isTruncated: boolean }): Captured => {
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
