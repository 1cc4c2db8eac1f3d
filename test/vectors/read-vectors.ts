import { readFileSync } from "node:fs"
import { SecretError } from "../../src/base/errors.ts"

export type Expectation = "ok" | "decryption_failed" | "invalid_argument"

/** The vectors of one file of this folder. `expect` says what must come of each. */
export const readVectors = <Vector>(name: string): (Vector & { name: string; expect: Expectation })[] =>
  JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), "utf8")).vectors

export const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"))

/** What must come of a vector: `answer` where it expects success, else the code of the error. */
export const expectedOf = (vector: { expect: Expectation }, answer: string | undefined): string | undefined =>
  vector.expect === "ok" ? answer : vector.expect

/** What `act` answers, or the code of the error that it throws. */
export const answerOf = <Answer>(act: () => Answer): Answer | string => {
  try {
    return act()
  } catch (error) {
    if (error instanceof SecretError) return error.code
    throw error
  }
}
