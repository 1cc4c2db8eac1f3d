import { describe, expect, it } from "vitest"
import { isSecretError, SecretError } from "../../base/errors.ts"
import { Redacted } from "../../base/redacted.ts"
import type { Provider, ProviderAnswer } from "../ports/provider.ts"
import { assertAllowed } from "./allowed-references.ts"
import { assertNoDebugTrace } from "./debug-trace.ts"
import { planReferences } from "./plan-references.ts"
import { parseReferenceFile } from "./reference-file.ts"
import { invalidReference } from "./reference-text.ts"
import { resolveReferences, type Resolving } from "./resolve-references.ts"
import type { SecretSpec } from "./secret-spec.ts"

const spec = (name: string, reference: string, more: Partial<SecretSpec> = {}): SecretSpec => ({ name, reference, file: false, required: true, ...more })

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const answerOf = (path: string): ProviderAnswer => {
  if (path === "missing") return { problem: new SecretError("SECRETS_REF_NOT_FOUND", "no such entry", { details: { reason: "entry_missing" } }) }
  if (path === "ambiguous") return { problem: invalidReference("means two entries", "ambiguous_entry") }
  if (path === "empty") return { value: new Redacted(new Uint8Array(0), "x") }
  if (path === "large") return { value: new Redacted(new Uint8Array(70_000).fill(65), "x") }
  if (path === "nul") return { value: new Redacted(Uint8Array.of(65, 0), "x") }
  return { value: new Redacted(bytes(`value of ${path}`), "x") }
}

const fake = (scheme: string, log: string[][], behaviour: "answers" | "hangs" | "throws" = "answers"): Provider<string> => ({
  scheme,
  parse: (text) => {
    if (text.includes("malformed")) throw invalidReference("is malformed")
    return text.slice(`${scheme}://`.length)
  },
  guardedVariables: () => [{ name: `${scheme.toUpperCase()}_TOKEN`, isSecret: true }],
  open: async () => {
    if (behaviour === "throws") throw new Error("the token ops_CANARY was refused")
    return {
      calls: 1,
      close: async () => undefined,
      resolve: async (references) => {
        log.push([...references])
        return behaviour === "hangs" ? new Promise<never>(() => undefined) : references.map(answerOf)
      },
    }
  },
})

const resolving = (specs: SecretSpec[], providers: Provider[], more: Partial<Resolving> = {}): Resolving => ({
  specs,
  providers: async (scheme) => providers.find((each) => each.scheme === scheme) ?? null,
  setting: () => ({ env: {}, config: undefined }),
  ...more,
})

const failureOf = async (work: Promise<unknown>): Promise<SecretError> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!isSecretError(error)) throw new Error("it did not fail as it should")
  return error
}

describe("resolving references", () => {
  it("asks each provider once for each distinct reference, and answers in the order of the specs", async () => {
    const log: string[][] = []
    const specs = [spec("A", "one://x"), spec("B", "two://y"), spec("C", "one://x", { file: true }), spec("D", "one://z")]
    const { secrets, calls, guarded } = await resolveReferences(resolving(specs, [fake("one", log), fake("two", log)]))
    expect(log.toSorted((a, b) => b.length - a.length)).toEqual([["x", "z"], ["y"]])
    expect(secrets.map(({ name, file, value }) => [name, file, new TextDecoder().decode(value.reveal())])).toEqual([
      ["A", false, "value of x"],
      ["B", false, "value of y"],
      ["C", true, "value of x"],
      ["D", false, "value of z"],
    ])
    expect(calls).toEqual({ one: 1, two: 1 })
    expect(guarded.map(({ name }) => name)).toEqual(["ONE_TOKEN", "TWO_TOKEN"])
    expect(String(secrets[2]?.value)).toBe("[REDACTED:SECRET_C]")
  })

  it("loom B7: a malformed reference fails also where the secret may be missing, and nobody is asked", async () => {
    const log: string[][] = []
    const specs = [spec("A", "one://x"), spec("B", "one://malformed", { required: false }), spec("C", "vault://a/b")]
    const error = await failureOf(resolveReferences(resolving(specs, [fake("one", log)])))
    expect([error.code, error.details.problems]).toEqual([
      "SECRETS_REF_INVALID",
      [
        { name: "B", scheme: "one", code: "SECRETS_REF_INVALID", reason: "malformed" },
        { name: "C", scheme: "vault", code: "SECRETS_REF_INVALID", reason: "unknown_scheme" },
      ],
    ])
    expect(log).toEqual([])
  })

  it("loom C3: what may be missing is skipped with its reason, and the rest is there", async () => {
    const specs = [spec("A", "one://missing", { required: false }), spec("B", "one://x")]
    const { secrets, skipped } = await resolveReferences(resolving(specs, [fake("one", [])]))
    expect(secrets.map(({ name }) => name)).toEqual(["B"])
    expect(skipped).toEqual([{ name: "A", scheme: "one", code: "SECRETS_REF_NOT_FOUND", reason: "entry_missing" }])
  })

  it("loom C9, C16: every failing secret is named in one go, and what is ambiguous fails also where it may be missing", async () => {
    const specs = [spec("A", "one://missing"), spec("B", "one://ambiguous", { required: false }), spec("C", "one://empty"), spec("D", "one://x")]
    const error = await failureOf(resolveReferences(resolving(specs, [fake("one", [])])))
    expect(error.code).toBe("SECRETS_REF_INVALID")
    expect(error.message).toBe("no value for A (one: entry_missing), B (one: ambiguous_entry), C (one: empty)")
  })

  it("a value that a variable cannot hold is refused, and a file may hold it", async () => {
    const error = await failureOf(resolveReferences(resolving([spec("A", "one://large", { required: false }), spec("B", "one://nul", { required: false })], [fake("one", [])])))
    expect(error.message).toBe("no value for A (one: too_large), B (one: nul_byte)")
    const files = [spec("A", "one://large", { file: true }), spec("B", "one://nul", { file: true })]
    expect((await resolveReferences(resolving(files, [fake("one", [])]))).secrets.length).toBe(2)
  })

  it("loom C15: a provider that hangs is left behind when its time is over", async () => {
    const specs = [spec("A", "one://x"), spec("B", "two://y", { required: false })]
    const limits = { providerMs: 20, totalMs: 60_000 }
    const error = await failureOf(resolveReferences(resolving(specs, [fake("one", [], "hangs"), fake("two", [])], { limits })))
    expect([error.code, error.details.reason]).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "timeout"])
  })

  it("loom E13: what a provider's library said is in no message", async () => {
    const error = await failureOf(resolveReferences(resolving([spec("A", "one://x")], [fake("one", [], "throws")])))
    expect(error.code).toBe("SECRETS_PROVIDER_UNAVAILABLE")
    expect(`${error.message}${JSON.stringify(error.details)}${String(error.cause)}`).not.toContain("CANARY")
  })

  it("Ctrl-C ends it", async () => {
    const stop = new AbortController()
    const work = resolveReferences(resolving([spec("A", "one://x")], [fake("one", [], "hangs")], { signal: stop.signal }))
    stop.abort()
    expect((await failureOf(work)).code).toBe("aborted")
  })

  it("loom A16: a plan says what will be asked of whom, and asks nobody", async () => {
    const log: string[][] = []
    const { providers } = resolving([], [fake("one", log)])
    const [batch] = await planReferences([spec("A", "one://x"), spec("B", "one://y")], providers)
    expect([batch?.scheme, batch?.texts, log]).toEqual(["one", ["one://x", "one://y"], []])
  })
})

describe("the guard against debug traces", () => {
  it.each(["CI_DEBUG_TRACE", "LOOM_DEBUG_TRACE", "SOTTO_DEBUG_TRACE"])("loom C18, C20: %s stops what would stand in the environment", (name) => {
    for (const on of ["true", "1", "YES", "on"]) expect(() => assertNoDebugTrace([{ name: "T", file: false }], { [name]: on })).toThrow(/T would stand/)
    expect(() => assertNoDebugTrace([{ name: "T", file: false }], { [name]: "false" })).not.toThrow()
  })

  it("loom C19: files alone are fine", () => {
    expect(() => assertNoDebugTrace([{ name: "T", file: true }], { CI_DEBUG_TRACE: "true" })).not.toThrow()
  })
})

describe("patterns of what may be named", () => {
  const ask = (reference: string, ...patterns: string[]) => () => assertAllowed([{ name: "A", reference }], patterns)

  it("allow what they match from end to end, and name what they refuse", () => {
    expect(ask("op://CI/deploy/token", "op://CI/*")).not.toThrow()
    expect(ask("op://CI/deploy/token", "op://CI/*/token")).not.toThrow()
    expect(ask("env://A", "env://A")).not.toThrow()
    expect(ask("env://AB", "env://A")).toThrow(/references of A/)
    expect(ask("op://Prod/deploy/token", "op://CI/*", "env://*")).toThrow(/references of A/)
    expect(ask("op://CI/x", "op://CI/*x*x")).toThrow(/references of A/)
    expect(ask("env://A")).toThrow(/references of A/)
  })

  it("there are none unless somebody gives them", () => {
    expect(() => assertAllowed([{ name: "A", reference: "env://A" }], null)).not.toThrow()
  })
})

describe("a file of references", () => {
  it("names variables, and which of them may be missing", () => {
    const text = "# ours\nA=env://X\nexport B? = op://CI/x/y\r\nC='sotto://acme/C'\n\n"
    expect(parseReferenceFile(text, ".sotto/env")).toEqual([
      { name: "A", reference: "env://X", required: true },
      { name: "B", reference: "op://CI/x/y", required: false },
      { name: "C", reference: "sotto://acme/C", required: true },
    ])
  })

  it("says which lines are wrong, and repeats none of them", () => {
    const error = (() => {
      try {
        return parseReferenceFile("A=sk_live_CANARY\nnothing CANARY\nB=env://X\nB=env://Y\n", ".sotto/env")
      } catch (reason) {
        return reason as SecretError
      }
    })() as SecretError
    expect(error.message).toBe(".sotto/env: line 1 gives no reference: what stands behind = has no scheme://; line 2 is not NAME=reference; line 4 names B a second time")
    expect(JSON.stringify(error.details)).not.toContain("CANARY")
  })
})
