import { isSecretError, SecretError } from "../base/errors.ts"

/** The protocol's own words for what happens every day, as people say it. Whatever else a server says is passed on. */
const SAYINGS: readonly (readonly [pattern: RegExp, say: (found: string) => string, help?: string])[] = [
  [/Secret with secretId "(.*)" did not exist!$/s, (name) => `there is no secret "${name}" there`],
  [/SecretSpace for "(\w+)" did not exist!$/, (id) => `the server has no box of ${id}`],
  [/There is no SubSpace for "(\w+)"$/, (id) => `secrets of ${id} are not accepted there`, "Whoever is to get them runs: sotto box accept ID"],
  [/No new anonymous clients are accepted!$/, () => "the server opens boxes with a code alone", "Whoever runs it prints one with: sotto box invite. Then: sotto box init --code"],
  [/Invalid AuthCode!/, () => "the code is wrong, used or expired", "Ask for another one: sotto box invite"],
  [/^\w+ replied with error: (.*)$/s, (text) => `the server says: ${text}`],
]

export const plainly = (error: unknown): unknown => {
  if (!isSecretError(error)) return error
  for (const [pattern, say, help = error.help] of SAYINGS) {
    const found = pattern.exec(error.message)
    if (found !== null) return new SecretError(error.code, say(found[1] ?? ""), { details: error.details, cause: error, ...(help !== undefined && { help }) })
  }
  return error
}
