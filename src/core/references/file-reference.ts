import { bodyOf, invalidReference, segmentsOf } from "./reference-text.ts"

/** `file:///absolute/path` or `file://~/below/home`. */
export interface FileReference {
  isBelowHome: boolean
  /** Without the leading slash, or `~/`. */
  segments: string[]
}

/** @throws SecretError `SECRETS_REF_INVALID` */
export const parseFileReference = (reference: string): FileReference => {
  const path = bodyOf(reference, "file")
  if (path.startsWith("~/")) return { isBelowHome: true, segments: segmentsOf(path.slice(2)) }
  if (path.startsWith("/")) return { isBelowHome: false, segments: segmentsOf(path.slice(1)) }
  throw invalidReference("names no absolute path: file:///PATH or file://~/PATH")
}
