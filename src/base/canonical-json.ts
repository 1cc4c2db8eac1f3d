import { SecretError } from "./errors.ts"

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }

/** Deeper nesting is refused before it can exhaust the stack. */
const MAX_DEPTH = 256

/**
 * The one text of a JSON value (RFC 8785, JCS): no white space, keys in the order of their UTF-16 code units, numbers as
 * ECMAScript prints them.
 * @throws {SecretError} invalid_argument for what has no such text: NaN, infinities, lone surrogates, undefined, functions,
 * bigints, instances of classes, and nesting deeper than 256
 */
export const canonicalJson = (value: JsonValue): string => print(value, 0)

const print = (value: JsonValue, depth: number): string => {
  if (depth > MAX_DEPTH) throw refusal(`is nested deeper than ${MAX_DEPTH}`)
  if (value === null || typeof value === "boolean") return String(value)
  if (typeof value === "number") return printNumber(value)
  if (typeof value === "string") return printString(value)
  if (Array.isArray(value)) return `[${Array.from(value, (item) => print(item, depth + 1)).join(",")}]`
  if (isPlainObject(value)) return printObject(value, depth)
  throw refusal("holds something that JSON has no form for")
}

const printNumber = (value: number): string => {
  if (!Number.isFinite(value)) throw refusal("holds a number that is not finite")
  return JSON.stringify(value)
}

/** Printable ASCII without quotation mark and backslash: JSON writes it as it is. */
const PLAIN = /^[ !#-[\]-~]*$/

const printString = (value: string): string => {
  if (PLAIN.test(value)) return `"${value}"`
  if (!value.isWellFormed()) throw refusal("holds a lone surrogate")
  return JSON.stringify(value)
}

const printObject = (value: { [key: string]: JsonValue }, depth: number): string => {
  let text = ""
  for (const key of sortedKeys(value)) text += `${text === "" ? "" : ","}${printString(key)}:${print(value[key] as JsonValue, depth + 1)}`
  return `{${text}}`
}

/** Without a comparator JavaScript sorts by UTF-16 code units, as §3.2.3 asks. Objects that are written in order need no sorting. */
const sortedKeys = (value: object): string[] => {
  const keys = Object.keys(value)
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort()
  return keys
}

/** Objects of another realm count as plain too. A Date or a Map would print as {}. */
const isPlainObject = (value: unknown): value is { [key: string]: JsonValue } => {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const refusal = (what: string): SecretError => new SecretError("invalid_argument", `The JSON value ${what}.`)
