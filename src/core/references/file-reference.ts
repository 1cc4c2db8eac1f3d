import { invalidReference, restOfReference } from "./reference-text.ts"

export interface FileReference {
  /** Absolute, or below the home folder: `~/...`. */
  path: string
}

const SCHEME = "file"

/** `file:///absolute/path` or `file://~/path`: no host, and nothing is decoded. @throws SecretError `SECRETS_REF_INVALID` */
export const parseFileReference = (text: string): FileReference => {
  const path = restOfReference(text, SCHEME)
  const below = path.startsWith("~/") ? path.slice(2) : path.startsWith("/") ? path.slice(1) : ""
  if (below === "") throw invalidReference(SCHEME, "its path must be absolute or begin with ~/")
  if (below.split("/").some((part) => part === "" || part === "." || part === ".."))
    throw invalidReference(SCHEME, "a part of its path is empty, . or ..")
  return { path }
}
