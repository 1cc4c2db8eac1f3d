import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isSecretError } from "../../base/errors.ts"
import { parseEnvReference } from "./env-reference.ts"
import { parseFileReference } from "./file-reference.ts"
import { aliasCandidates, keyOfAlias, parseKeepassReference } from "./keepass-reference.ts"
import { parseOpReference } from "./op-reference.ts"
import { parseSottoReference, printSottoReference } from "./sotto-reference.ts"

const codeOf = (parse: () => unknown): unknown => {
  try {
    return parse()
  } catch (error) {
    return isSecretError(error) ? error.code : error
  }
}

describe("references", () => {
  it.each(["env://", "env://A B", "env://A/B", "ENV://A", " env://A", "env://A ", "env://1A", "env://A\n"])("loom B1: %j is refused", (text) => {
    expect(codeOf(() => parseEnvReference(text))).toBe("SECRETS_REF_INVALID")
  })

  it("env names a variable exactly", () => {
    expect(parseEnvReference("env://DEPLOY_token_2")).toEqual({ name: "DEPLOY_token_2" })
  })

  it("loom B2: keepass has an alias up to the first #, an entry, and a field behind the last colon", () => {
    const parsed = { alias: "local/main", entry: ["services", "loom", "deploy"], field: "password" }
    expect(parseKeepassReference("keepass://local/main#services/loom/deploy:password")).toEqual(parsed)
    expect(parseKeepassReference("keepass://a#db:5432/main:token")).toEqual({ alias: "a", entry: ["db:5432", "main"], field: "token" })
  })

  it.each(["keepass://local/main", "keepass://#a:b", "keepass://x#a", "keepass://x#a:", "keepass://x#:f", "keepass://x#a//b:f", "keepass://x#../b:f", "keepass://x#a#b:f"])(
    "loom B3: %s is refused",
    (text) => {
      expect(codeOf(() => parseKeepassReference(text))).toBe("SECRETS_REF_INVALID")
    },
  )

  it("loom B4: op has a vault, an item path and a field", () => {
    expect(parseOpReference("op://Platform/db/staging/password")).toEqual({ vault: "Platform", item: ["db", "staging"], field: "password" })
  })

  it.each(["op://V/field", "op://V//f", "op://V/i/f?attribute=otp", "op://V/i/f#x", "op://", "op://V/./f"])("loom B5: %s is refused", (text) => {
    expect(codeOf(() => parseOpReference(text))).toBe("SECRETS_REF_INVALID")
  })

  it("loom B6: aliases become the keys of variables", () => {
    expect(["team/app", "prod.eu", "local-main", "g1/p"].map(keyOfAlias)).toEqual(["TEAM_APP", "PROD_EU", "LOCAL_MAIN", "G1_P"])
  })

  it("the longest part of an alias is looked for first", () => {
    expect(aliasCandidates("group/project/repo")).toEqual(["group/project/repo", "group/project", "group"])
  })

  it("sotto names a workspace, a secret and perhaps a version; what it prints it reads again", () => {
    expect(parseSottoReference("sotto://acme/API_KEY")).toEqual({ workspace: "acme", name: "API_KEY" })
    expect(parseSottoReference("sotto://acme%2Feu/a%40b@3")).toEqual({ workspace: "acme/eu", name: "a@b", version: 3 })
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((text) => text.trim() === text && !/\p{Cc}/u.test(text) && text !== "." && text !== "..")
    fc.assert(
      fc.property(name, name, fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: undefined }), (workspace, secret, version) => {
        const reference = { workspace, name: secret, ...(version !== undefined && { version }) }
        expect(parseSottoReference(printSottoReference(reference))).toEqual(reference)
      }),
    )
  })

  it.each(["sotto://acme", "sotto://acme/", "sotto:///A", "sotto://a/b/c", "sotto://a/b@", "sotto://a/b@0", "sotto://a/b@1@2", "sotto://a@b/c", "sotto://a/%zz", "sotto://a/b#c"])(
    "%s is refused",
    (text) => {
      expect(codeOf(() => parseSottoReference(text))).toBe("SECRETS_REF_INVALID")
    },
  )

  it("file names an absolute path, or one below home, without dots", () => {
    expect(parseFileReference("file:///run/secrets/token")).toEqual({ isBelowHome: false, segments: ["run", "secrets", "token"] })
    expect(parseFileReference("file://~/keys/a")).toEqual({ isBelowHome: true, segments: ["keys", "a"] })
    for (const text of ["file://token", "file:///a/../b", "file://~a/b", "file:///"]) expect(codeOf(() => parseFileReference(text))).toBe("SECRETS_REF_INVALID")
  })

  it("no message repeats what was given", () => {
    const canary = "CANARY-91"
    const parsers = [parseEnvReference, parseFileReference, parseKeepassReference, parseOpReference, parseSottoReference]
    for (const [i, scheme] of ["env", "file", "keepass", "op", "sotto"].entries()) {
      const parse = parsers[i] as (text: string) => unknown
      const message = ((): string => {
        try {
          return JSON.stringify(parse(`${scheme}://${canary} #?\u0001`))
        } catch (error) {
          return `${(error as Error).message}${JSON.stringify((error as { details?: unknown }).details)}`
        }
      })()
      expect(message).not.toContain(canary)
    }
  })
})
