import { isHex } from "./hex.ts"
import { ROUTES, type BodyOf, type FieldType, type RouteName } from "./routes.ts"

/**
 * What is wrong with the structure of a body, in the original's words; null for nothing. What passes is a `BodyOf<Name>` whose
 * keys stand in the order of the route. An array or a scalar has no right number of keys.
 */
export const structureFault = (route: RouteName, body: unknown): string | null => {
  const fields = ROUTES[route]
  const keys = typeof body === "object" && body !== null && !Array.isArray(body) ? Object.keys(body) : []
  if (keys.length !== fields.length) return `The Number of parameters in the body, did not match the expected number. ${fields.length} vs ${keys.length}`
  for (const [i, [name]] of fields.entries()) {
    if (keys[i] !== name) return `parameter @ index: ${i} had wrong key! expected: '${name}'  detected: '${shorten(keys[i] as string)}'`
  }
  for (const [name, type] of fields) {
    const detail = FAULT_OF[type]((body as Record<string, unknown>)[name])
    if (detail !== null) return `unexpected format of parameter ${name} - ${detail}`
  }
  return null
}

/** Narrows what `structureFault` found nothing wrong with. */
export const asBody = <Name extends RouteName>(_route: Name, body: unknown): BodyOf<Name> => body as BodyOf<Name>

const KEY_SHOWN = 64

const shorten = (key: string): string => (key.length > KEY_SHOWN ? `${key.slice(0, KEY_SHOWN)}…` : key)

const hexFault =
  (length: number) =>
  (value: unknown): string | null => {
    if (typeof value !== "string") return "Not a string!"
    if (!isHex(value)) return "Not a HexString!"
    return value.length === length ? null : `HexString length was not ${length} characters!`
  }

const FAULT_OF: Readonly<Record<FieldType, (value: unknown) => string | null>> = {
  number: (value) => (typeof value === "number" ? null : "Not a number!"),
  string: (value) => (typeof value === "string" ? null : "Not a string!"),
  boolean: (value) => (typeof value === "boolean" ? null : "Not a boolean!"),
  numberOrNull: (value) => (typeof value === "number" || value === null ? null : "Neither a number nor null!"),
  hex32: hexFault(32),
  hex64: hexFault(64),
  hex128: hexFault(128),
}
