import type { NamedValue } from "./create-redactor.ts"

/**
 * Values for a redactor whose reader may have chosen how they are printed: each also reversed, and as JSON within JSON. What a
 * program can compute beyond that is without end, and no redactor's business (docs/guide/redaction.md).
 */
export const adversaryValues = (values: readonly { name: string; value: string }[]): NamedValue[] =>
  values.flatMap(({ name, value }) => [value, [...value].toReversed().join(""), jsonText(jsonText(value))].map((form) => ({ name, value: form })))

const jsonText = (text: string): string => JSON.stringify(text).slice(1, -1)
