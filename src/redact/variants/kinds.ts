/** What was found, by its number in the pattern store: the value itself, then every kind of variant. */
export const KINDS = [
  "exact",
  "without-newline",
  "trimmed",
  "unquoted",
  "line",
  "newline",
  "base64",
  "base64url",
  "hex",
  "json",
  "percent",
  "html",
  "shell",
  "c",
  "utf16",
] as const

export type VariantKind = Exclude<(typeof KINDS)[number], "exact">

/** Every kind is on unless it says `false`. */
export type VariantSwitches = Partial<Readonly<Record<VariantKind, boolean>>>

export const kindNumber = (kind: VariantKind): number => KINDS.indexOf(kind)
