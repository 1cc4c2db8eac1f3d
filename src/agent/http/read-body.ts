import type { IncomingMessage } from "node:http"
import { promisify } from "node:util"
import * as zlib from "node:zlib"

export interface ReadBody {
  /** Null where it could not be unpacked, or is larger than the bound when it is. */
  bytes: Uint8Array | null
  /** The bound was reached: more was to come. */
  isCut: boolean
}

/** The body of an answer, unpacked, of at most `maxBytes`. It was asked for unpacked; a server may pack it all the same. */
export const readBody = async (answer: IncomingMessage, maxBytes: number): Promise<ReadBody> => {
  const { bytes, isCut } = await receive(answer, maxBytes)
  const codings = (answer.headers["content-encoding"] ?? "").toLowerCase().split(",").map((each) => each.trim()).filter((each) => each !== "" && each !== "identity")
  if (codings.length === 0 || bytes.length === 0) return { bytes, isCut }
  return { bytes: isCut ? null : await unpack(bytes, codings, maxBytes), isCut }
}

const receive = async (answer: IncomingMessage, maxBytes: number): Promise<{ bytes: Uint8Array; isCut: boolean }> => {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of answer as AsyncIterable<Uint8Array>) {
    parts.push(part)
    length += part.length
    // Leaving the loop closes the connection.
    if (length > maxBytes) break
  }
  return { bytes: Buffer.concat(parts).subarray(0, maxBytes), isCut: length > maxBytes }
}

/** A small body may have been packed so often that it never ends. */
const MAX_CODINGS = 3

const unpack = async (bytes: Uint8Array, codings: readonly string[], maxBytes: number): Promise<Uint8Array | null> => {
  if (codings.length > MAX_CODINGS) return null
  let unpacked = bytes
  try {
    for (const coding of codings.toReversed()) unpacked = await unpackOne(coding, unpacked, maxBytes)
  } catch {
    return null
  }
  return unpacked
}

/** RFC 9659 §3: what needs more memory than this is no web content. */
const ZSTD_WINDOW_LOG = 23

const unpackOne = async (coding: string, bytes: Uint8Array, maxOutputLength: number): Promise<Uint8Array> => {
  if (coding === "gzip" || coding === "x-gzip") return promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(zlib.gunzip)(bytes, { maxOutputLength })
  if (coding === "br") return promisify<Uint8Array, zlib.BrotliOptions, Uint8Array>(zlib.brotliDecompress)(bytes, { maxOutputLength })
  if (coding === "deflate") return promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(isZlib(bytes) ? zlib.inflate : zlib.inflateRaw)(bytes, { maxOutputLength })
  // Older Nodes have no zstd, and then it cannot be unpacked.
  if (coding === "zstd") return promisify<Uint8Array, zlib.ZstdOptions, Uint8Array>(zlib.zstdDecompress)(bytes, { maxOutputLength, params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } })
  throw new TypeError("unknown coding")
}

/** Servers send `deflate` with RFC 1950's header, as they should, and without. */
const isZlib = (bytes: Uint8Array): boolean => ((bytes[0] ?? 0) & 0x0f) === 8 && (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % 31 === 0
