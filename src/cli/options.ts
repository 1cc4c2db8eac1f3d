import { SecretError } from "../base/errors.ts"

type OptionValue = string | boolean | readonly string[]

/** The options of one run, by their long names. */
export interface Options {
  flag(name: string): boolean
  text(name: string): string | undefined
  texts(name: string): readonly string[]
  /** @throws SecretError `invalid_argument` */
  whole(name: string, range: { min: number; max?: number }): number | undefined
}

export const createOptions = (values: ReadonlyMap<string, OptionValue>): Options => {
  const text = (name: string): string | undefined => {
    const value = values.get(name)
    return typeof value === "string" ? value : undefined
  }
  return {
    flag: (name) => values.get(name) === true,
    text,
    texts: (name) => {
      const value = values.get(name)
      return Array.isArray(value) ? (value as readonly string[]) : []
    },
    whole: (name, range) => {
      const given = text(name)
      return given === undefined ? undefined : parseWhole(`--${name}`, given, range)
    },
  }
}

/** @throws SecretError `invalid_argument` */
export const parseWhole = (what: string, text: string, { min, max = Number.MAX_SAFE_INTEGER }: { min: number; max?: number }): number => {
  const value = /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  const upTo = max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`
  throw new SecretError("invalid_argument", `${what} takes a whole number from ${min}${upTo}`)
}
