import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { aliasCandidates, keyOfAlias, parseKeepassReference } from "./keepass-reference.ts"

const refused = (text: string): unknown => {
  try {
    return parseKeepassReference(text)
  } catch (error) {
    return error
  }
}

describe("a keepass reference", () => {
  it("loom B2: has an alias, an entry and a field", () => {
    expect(parseKeepassReference("keepass://local/main#services/loom/deploy:password")).toEqual({
      alias: "local/main",
      entry: ["services", "loom", "deploy"],
      field: "password",
    })
  })

  it("keeps a colon that belongs to the entry", () => {
    expect(parseKeepassReference("keepass://a#host:443/x:y:Pass word")).toEqual({ alias: "a", entry: ["host:443", "x:y"], field: "Pass word" })
  })

  it.each([
    "keepass://local/main", "keepass://#a:b", "keepass://x#a", "keepass://x#a:", "keepass://x#:f", "keepass://x##a:f", "keepass://x#a#b:f",
    "keepass://x#a//b:f", "keepass://x#../b:f", "keepass://x/./y#b:f", "keepass://x/#b:f", "keepass://", "keepass:x#a:b", "KEEPASS://x#a:b",
    " keepass://x#a:b", "keepass://x#a:b ", "keepass://x#a\n:b", "keepass://x#a:b\u0000", `keepass://x#${"a".repeat(2_048)}:b`,
  ])("loom B3: is not %j", (text) => {
    expect(refused(text)).toMatchObject({ code: "SECRETS_REF_INVALID", details: { scheme: "keepass", reason: "malformed" } })
  })

  it("is refused without a word of it", () => {
    expect(JSON.stringify(refused("keepass://x#correct-horse")) + String(refused("keepass://x#correct-horse"))).not.toContain("horse")
  })

  it("reads back what it was made from", () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9_ é-]*[A-Za-z0-9_é-]$/)
    const path = fc.array(segment, { minLength: 1, maxLength: 4 })
    fc.assert(fc.property(path, path, segment, (alias, entry, field) => {
      expect(parseKeepassReference(`keepass://${alias.join("/")}#${entry.join("/")}:${field}`)).toEqual({ alias: alias.join("/"), entry, field })
    }))
  })
})

describe("an alias", () => {
  it.each([["team/app", "TEAM_APP"], ["prod.eu", "PROD_EU"], ["local-main", "LOCAL_MAIN"], ["g1/p", "G1_P"], ["group/project/repo", "GROUP_PROJECT_REPO"]])(
    "loom B6: %s is %s in names of variables",
    (alias, key) => {
      expect(keyOfAlias(alias)).toBe(key)
    },
  )

  it("has a key that is part of a variable's name whatever it holds", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (alias) => { expect(keyOfAlias(alias)).toMatch(/^[A-Z0-9_]*$/) }))
  })

  it("loom B11: may stand for its first segments, the longest first", () => {
    expect(aliasCandidates("a/b/c")).toEqual(["a/b/c", "a/b", "a"])
    expect(aliasCandidates("local")).toEqual(["local"])
  })
})
