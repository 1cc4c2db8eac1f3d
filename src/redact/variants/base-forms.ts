import type { VariantKind } from "./kinds.ts"

/** A part of a value that may stand for the whole: all are views, nothing is copied. */
export interface BaseForm {
  kind: VariantKind
  bytes: Uint8Array
}

const LF = 0x0a
const CR = 0x0d

export const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= CR)

/**
 * What is left of a value without the newlines at its end, the blanks around it, the quotes around that: each lies in the one
 * before, and where nothing is taken away it is not there.
 */
export const baseForms = (value: Uint8Array): BaseForm[] => {
  const forms: BaseForm[] = []
  const add = (kind: VariantKind, bytes: Uint8Array): void => {
    if (bytes.length < (forms.at(-1)?.bytes ?? value).length) forms.push({ kind, bytes })
  }
  add("without-newline", withoutNewline(value))
  add("trimmed", trim(value))
  add("unquoted", unquote(trim(value)))
  return forms
}

export const withoutNewline = (value: Uint8Array): Uint8Array => {
  let end = value.length
  while (end > 0 && isNewline(value[end - 1])) end--
  return value.subarray(0, end)
}

export const hasNewline = (value: Uint8Array): boolean => value.includes(LF) || value.includes(CR)

/** Without the blanks around them: a line is often printed with others. */
export const linesOf = (value: Uint8Array): Uint8Array[] => {
  const lines: Uint8Array[] = []
  let start = 0
  for (let at = 0; at <= value.length; at++) {
    if (at < value.length && !isNewline(value[at])) continue
    if (at > start) lines.push(trim(value.subarray(start, at)))
    start = at + 1
  }
  return lines
}

const isNewline = (byte: number | undefined): boolean => byte === LF || byte === CR

const trim = (value: Uint8Array): Uint8Array => {
  let start = 0
  let end = value.length
  while (end > start && isSpace(value[end - 1] as number)) end--
  while (start < end && isSpace(value[start] as number)) start++
  return value.subarray(start, end)
}

const QUOTES = [0x22, 0x27, 0x60]

const unquote = (value: Uint8Array): Uint8Array => {
  const quote = value[0]
  const isQuoted = value.length > 1 && quote !== undefined && QUOTES.includes(quote) && value.at(-1) === quote
  return isQuoted ? value.subarray(1, -1) : value
}
