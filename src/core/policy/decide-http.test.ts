import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decideHttp } from "./decide-http.ts"
import { matchesPath } from "./match-path.ts"
import { HttpRule } from "./policy-shape.ts"

const rule = (changes: Partial<HttpRule> = {}): HttpRule =>
  HttpRule.parse({ host: "api.x.com", methods: ["GET", "POST"], paths: ["/v1/**"], place: { in: "header", name: "authorization", template: "Bearer {value}" }, ...changes })

const decide = (url: string, method = "GET", rules = [rule()]) => decideHttp({ method, url }, rules)

const refusalOf = (url: string, method = "GET", rules = [rule()]): string => {
  try {
    decide(url, method, rules)
  } catch (error) {
    expect(error).toMatchObject({ name: "SecretError", code: "forbidden" })
    return (error as Error).message
  }
  return "allowed"
}

describe("a call that a rule covers", () => {
  it("is allowed, with its query and without its fragment", () => {
    const { url, ...decided } = decide("https://api.x.com/v1/charges?limit=3#top")
    expect(url.href).toBe("https://api.x.com/v1/charges?limit=3")
    expect(decided).toMatchObject({ method: "GET", rule: { host: "api.x.com" } })
  })

  it("is covered by the first rule that fits", () => {
    const rules = [rule({ paths: ["/other"] }), rule({ methods: ["POST"] }), rule({ response: "body" }), rule()]
    expect(decide("https://api.x.com/v1/a", "GET", rules).rule).toBe(rules[2])
  })

  it("may name a method in lower case and a port that its rule names", () => {
    expect(decide("https://api.x.com:8443/v1/a", "post", [rule({ host: "api.x.com:8443" })]).method).toBe("POST")
  })
})

describe("agents 28: only the canonical equal host passes", () => {
  it.each([
    "https://api.x.com.evil.tld/v1/a",
    "https://evil.tld/?api.x.com/v1/a",
    "https://evil.tld/v1/a#api.x.com",
    "https://evil.tld/v1/api.x.com",
    "https://api.x.com@evil.tld/v1/a",
    "https://evil.tld@api.x.com/v1/a",
    "https://@api.x.com/v1/a",
    "https://user:word@api.x.com/v1/a",
    "https://evil.tld\\@api.x.com/v1/a",
    "https://api.x.com%00.evil.tld/v1/a",
    "https://api.x.com\u0000.evil.tld/v1/a",
    "https://api%2Ex.com/v1/a",
    "https://api.x.com./v1/a",
    "https://API.x.com/v1/a",
    "HTTPS://api.x.com/v1/a",
    "https://api.x.com:443/v1/a",
    "https://api.x.com:8443/v1/a",
    "https://api.x.com:/v1/a",
    "https://аpi.x.com/v1/a",
    "https://api。x.com/v1/a",
    "https://api.x\u00ad.com/v1/a",
    "https://xn--pi-6kc.x.com/v1/a",
    "https://api-x.com/v1/a",
    "https://x.com/v1/a",
    "https://a.api.x.com/v1/a",
    "https:/api.x.com/v1/a",
    "https:///api.x.com/v1/a",
    "https:api.x.com/v1/a",
    "https:\\\\api.x.com/v1/a",
    "//api.x.com/v1/a",
    "http://api.x.com/v1/a",
    "wss://api.x.com/v1/a",
    " https://api.x.com/v1/a",
    "https://api.x.com/v1/a\n",
    "https://ap\ti.x.com/v1/a",
    "https://[::1]/v1/a",
    "https://127.0.0.1/v1/a",
    "https://2130706433/v1/a",
    "https:///v1/a",
    "",
    `https://api.x.com/v1/${"a".repeat(9_000)}`,
    "https://api.x.com/v1/\ud800",
  ])("%j is refused", (url) => {
    expect(refusalOf(url)).not.toBe("allowed")
  })

  it("whatever stands before, in or behind the host", () => {
    const noise = fc.string({ unit: fc.constantFrom(".", "@", ":", "\\", "%", "/", "a", "x", "0", "-", "\t", "\u0000", "。", "ı", "К"), minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(noise, fc.nat(9), (text, at) => {
        const host = "api.x.com"
        const url = `https://${host.slice(0, at)}${text}${host.slice(at)}`
        fc.pre(at < host.length || !text.startsWith("/"))
        expect(refusalOf(`${url}/v1/a`)).not.toBe("allowed")
      }),
    )
  })
})

describe("a path that two programs could read in two ways is refused:", () => {
  it.each([
    "/v1/../admin", "/v1/./a", "/v1/..", "/v1/%2e%2e/admin", "/v1/.%2E/admin", "/v1/a%2fb", "/v1/a%2Fb", "/v1/a%5cb", "/v1/a\\b", "/v1/a%00",
    "/v1/%252e%252e/admin", "/v1/%25252Fa", "/v1/..;/admin", "/v1/..%3b/admin", "/v1/.;a/b", "/v1//admin", "//v1/a", "/v1/%c0%af", "/v1/%c0%ae%c0%ae/a",
    "/v1/%ff", "/v1/%", "/v1/%zz", "/v1/%0d%0aa", "/v1/%0a", "/v1/a b",
  ])("%j", (path) => {
    expect(refusalOf(`https://api.x.com${path}`)).toMatch(/^This address is refused: /)
  })

  it("and the query is free", () => {
    expect(decide("https://api.x.com/v1/a?next=%2Fa%2F..%2Fb&u=https://evil.tld/").url.pathname).toBe("/v1/a")
  })
})

describe("methods and paths", () => {
  it.each(["TRACE", "CONNECT", "OPTIONS", "HEAD", "DELETE", "GET ", "GET\r\nX: y", "", "get/", "__proto__"])("%j is refused", (method) => {
    expect(refusalOf("https://api.x.com/v1/a", method)).toBe("no rule allows this method for api.x.com")
  })

  it.each([
    ["/v1/charges", "/v1/charges", true],
    ["/v1/charges", "/v1/charges/", false],
    ["/v1/charges", "/v1/chargesX", false],
    ["/v1/charges", "/V1/charges", false],
    ["/v1/charges", "/v1/%63harges", false],
    ["/v1/*", "/v1/a", true],
    ["/v1/*", "/v1/", false],
    ["/v1/*", "/v1/a/b", false],
    ["/*/b", "/a/b", true],
    ["/v1/a*", "/v1/ab", false],
    ["/v1/**", "/v1/a/b", true],
    ["/v1/**", "/v1/", true],
    ["/v1/**", "/v1", false],
    ["/v1/**", "/v10/a", false],
    ["/v1/a**", "/v1/ab/c", true],
    ["/**", "/", true],
    ["/", "/", true],
    ["/a.c", "/abc", false],
    ["/ü/{b}", "/%C3%BC/%7Bb%7D", true],
  ])("%s covers %s: %s", (pattern, path, isCovered) => {
    expect(matchesPath(pattern, path)).toBe(isCovered)
  })

  it("an address without a path has the path /", () => {
    expect(decide("https://api.x.com?a=1", "GET", [rule({ paths: ["/"] })]).url.href).toBe("https://api.x.com/?a=1")
  })
})

describe("a refusal", () => {
  it("says what is missing and repeats no query", () => {
    expect(refusalOf("https://other.com/v1/a?q=CANARY")).toBe("no rule names the host other.com")
    expect(refusalOf("https://api.x.com/v2/a?q=CANARY")).toBe("no rule allows GET for https://api.x.com/v2/a")
    expect(refusalOf("https://api.x.com/v1/..?q=CANARY")).not.toContain("CANARY")
    expect(refusalOf("http://CANARY")).not.toContain("CANARY")
  })

  it("is what no rules give", () => {
    expect(refusalOf("https://api.x.com/v1/a", "GET", [])).toBe("no rule names the host api.x.com")
  })
})
