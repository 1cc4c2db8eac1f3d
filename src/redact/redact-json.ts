/** Any JSON value with every text in it redacted: see `Redactor.redactJson`. */
export const redactJson = (value: unknown, redact: (text: string) => string): unknown => {
  if (typeof value === "string") return redact(value)
  if (Array.isArray(value)) return value.map((each) => redactJson(each, redact))
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [redact(key), redactJson(each, redact)]))
  // A number can be a secret. It stays a number where it is none.
  const text = JSON.stringify(value) as string | undefined
  const redacted = text === undefined ? undefined : redact(text)
  return redacted === text ? value : redacted
}
