import { bodyOf, decodePart, encodePart, invalidReference, segmentsOf } from "./reference-text.ts"

/** `sotto://workspace/NAME` or `sotto://workspace/NAME@version`. */
export interface SottoReference {
  workspace: string
  name: string
  version?: number
}

const VERSION = /^[1-9]\d{0,14}$/

/** In names `/`, `@`, `#` and `%` are percent-encoded; nothing else needs to be. @throws SecretError `SECRETS_REF_INVALID` */
export const parseSottoReference = (reference: string): SottoReference => {
  const [workspace, rest, ...more] = segmentsOf(bodyOf(reference, "sotto"))
  const [name, version, ...others] = (rest ?? "").split("@")
  if (workspace === undefined || !name || more.length > 0 || others.length > 0 || /[#@]/.test(workspace) || name.includes("#"))
    throw invalidReference("is not of the form sotto://workspace/NAME, with / @ # % in names percent-encoded")
  if (version !== undefined && !VERSION.test(version)) throw invalidReference("names a version that is no number")
  return { workspace: decodePart(workspace), name: decodePart(name), ...(version !== undefined && { version: Number(version) }) }
}

/** @returns the reference's text */
export const printSottoReference = ({ workspace, name, version }: SottoReference): string =>
  `sotto://${encodePart(workspace)}/${encodePart(name)}${version === undefined ? "" : `@${version}`}`
