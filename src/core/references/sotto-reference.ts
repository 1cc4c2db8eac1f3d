import { LIMITS } from "../limits.ts"
import { invalidReference, restOfReference } from "./reference-text.ts"

export interface SottoReference {
  workspace: string
  name: string
  /** undefined: the current one. */
  version?: number
}

const SCHEME = "sotto"

/**
 * `sotto://workspace/NAME[@version]`. In names `/ @ # %` are percent-encoded, and everything else may be.
 * @throws SecretError `SECRETS_REF_INVALID`
 */
export const parseSottoReference = (text: string): SottoReference => {
  const rest = restOfReference(text, SCHEME)
  if (rest.includes("#")) throw invalidReference(SCHEME, "a # in a name is written %23")
  const segments = rest.split("/")
  if (segments.length !== 2) throw invalidReference(SCHEME, "it needs a workspace and a name; a / in a name is written %2F")
  const [workspace, place] = segments as [string, string]
  const [name, version, ...more] = place.split("@") as [string, ...string[]]
  if (workspace.includes("@") || more.length > 0) throw invalidReference(SCHEME, "an @ in a name is written %40")
  const named = { workspace: decoded(workspace), name: decoded(name) }
  if (!isName(named.workspace)) throw invalidReference(SCHEME, "no workspace can have that name")
  if (!isName(named.name)) throw invalidReference(SCHEME, "no secret can have that name")
  return { ...named, ...(version !== undefined && { version: versionOf(version) }) }
}

/** The reference that means this secret. */
export const formatSottoReference = ({ workspace, name, version }: SottoReference): string =>
  `${SCHEME}://${encoded(workspace)}/${encoded(name)}${version === undefined ? "" : `@${version}`}`

/** What a name may not show as it is: separators, and what no reference may hold or begin and end with. */
const TO_ENCODE = /[/@#%\p{Cc}\p{Zl}\p{Zp}]|^\s|\s$/gu

const encoded = (name: string): string => name.replaceAll(TO_ENCODE, (each) => encodeURIComponent(each))

/** As the shapes of the store have it, without what loading them costs: the store looks again. */
const isName = (text: string): boolean => text.trim() !== "" && [...text].length <= LIMITS.nameMaxCharacters && !/\p{Cc}/u.test(text)

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidReference(SCHEME, "a % is not followed by the two digits of a byte of UTF-8")
  }
}

const versionOf = (text: string): number => {
  const version = /^[1-9][0-9]*$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(version)) throw invalidReference(SCHEME, "a version is a whole number from 1")
  return version
}
