import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseEnvReference } from "./env-reference.ts"
import { parseFileReference } from "./file-reference.ts"
import { parseOpReference } from "./op-reference.ts"
import { formatSottoReference, parseSottoReference } from "./sotto-reference.ts"

const PARSERS = { env: parseEnvReference, op: parseOpReference, sotto: parseSottoReference, file: parseFileReference }

type Scheme = keyof typeof PARSERS

const refused = (scheme: Scheme, text: string): unknown => {
  try {
    return PARSERS[scheme](text)
  } catch (error) {
    return error
  }
}

const MALFORMED: [Scheme, string][] = [
  ...["env://", "env://A B", "env://A/B", "ENV://A", "env://1A", "env://A-B", "env://Ä", " env://A", "env://A\n", "env:A"].map((text): [Scheme, string] => ["env", text]),
  ...["op://V/field", "op://V//f", "op://V/i/f?attribute=otp", "op://V/i/f#x", "op://", "op:///i/f", "op://V/i/", "op://V/../f", "op://V/i\u0000/f"].map((text): [Scheme, string] => ["op", text]),
  ...["sotto://", "sotto://a", "sotto:///b", "sotto://a/", "sotto://a/b/c", "sotto://a/b@", "sotto://a/b@0", "sotto://a/b@01", "sotto://a/b@x", "sotto://a/b@1@2",
    "sotto://a@1/b", "sotto://a/b#c", "sotto://a/%", "sotto://a/%zz", "sotto://a/%ff", "sotto://a/%00", "sotto://a/%20", "sotto://a/b@99999999999999999999",
    `sotto://a/${"b".repeat(257)}`].map((text): [Scheme, string] => ["sotto", text]),
  ...["file://", "file://host/x", "file:///", "file://~", "file://~/", "file://~other/x", "file://./x", "file:///a/../b", "file:///a//b", "file:///a/b/", "file:///a/./b"].map(
    (text): [Scheme, string] => ["file", text]),
]

describe("a reference", () => {
  it.each(MALFORMED)("loom B1, B5: of %s is not %j", (scheme, text) => {
    expect(refused(scheme, text)).toMatchObject({ code: "SECRETS_REF_INVALID", details: { scheme, reason: "malformed" } })
  })

  it("is refused without a word of it", () => {
    fc.assert(fc.property(fc.constantFrom(...(Object.keys(PARSERS) as Scheme[])), fc.string(), (scheme, text) => {
      const error = refused(scheme, `${scheme}://${text}QZJX`)
      const said = error instanceof Error ? error.message + JSON.stringify(error) : ""
      expect(said).not.toContain("QZJX")
    }))
  })

  it("of env names a variable", () => {
    expect(parseEnvReference("env://_Deploy_TOKEN2")).toEqual({ variable: "_Deploy_TOKEN2" })
  })

  it("loom B4: of op has a vault, an item of any depth, and a field", () => {
    expect(parseOpReference("op://Platform/db/staging/password")).toEqual({ vault: "Platform", item: ["db", "staging"], field: "password" })
    expect(parseOpReference("op://My Vault/a.b-c_d/One time")).toEqual({ vault: "My Vault", item: ["a.b-c_d"], field: "One time" })
  })

  it("of file is an absolute path or one below home, as it is written", () => {
    expect(parseFileReference("file:///etc/app/key.pem")).toEqual({ path: "/etc/app/key.pem" })
    expect(parseFileReference("file://~/.ssh/id 1%20#x")).toEqual({ path: "~/.ssh/id 1%20#x" })
  })

  it("of sotto decodes names and reads a version", () => {
    expect(parseSottoReference("sotto://acme/API%2FKEY%40x@3")).toEqual({ workspace: "acme", name: "API/KEY@x", version: 3 })
    expect(parseSottoReference("sotto://a b/Ä:?=&")).toEqual({ workspace: "a b", name: "Ä:?=&" })
  })

  it("of sotto reads back what was written, whatever a name holds", () => {
    const label = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }).filter((text) => text.trim() !== "" && !/[\p{Cc}\p{Cs}]/u.test(text))
    const version = fc.option(fc.integer({ min: 1 }), { nil: undefined })
    fc.assert(fc.property(label, label, version, (workspace, name, wanted) => {
      const reference = { workspace, name, ...(wanted !== undefined && { version: wanted }) }
      expect(parseSottoReference(formatSottoReference(reference))).toEqual(reference)
    }))
    const odd = { workspace: "a/b@c#d%e", name: " x@1 ", version: 2 }
    expect(parseSottoReference(formatSottoReference(odd))).toEqual(odd)
  })
})
