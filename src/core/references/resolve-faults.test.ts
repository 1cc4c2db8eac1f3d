import { describe, expect, it } from "vitest"
import { utf8 } from "../../base/bytes.ts"
import { SecretError, type SecretErrorCode } from "../../base/errors.ts"
import { Redacted } from "../../base/redacted.ts"
import type { Provider, ProviderAnswer } from "../ports/provider.ts"
import { checkReferences, resolveReferences, type Resolving } from "./resolve-references.ts"
import type { SecretSpec } from "./secret-spec.ts"

const VALUE = "s3cr3t-VALUE-9"

/** A provider of the test: it answers from a table, and writes down what it was asked. */
interface TableProvider extends Provider<string> {
  opened: number
  asked: (readonly string[])[]
  closed: number
}

interface Behaviour {
  scheme?: string
  open?: () => Promise<void>
  resolve?: (references: readonly string[]) => Promise<readonly ProviderAnswer[]>
  close?: () => Promise<void>
}

const answer = (value: string | Uint8Array): ProviderAnswer => ({ value: new Redacted(typeof value === "string" ? utf8(value) : value, "X") })

const problem = (code: SecretErrorCode, reason: string, message = "the table says no"): ProviderAnswer => ({ problem: new SecretError(code, message, { details: { reason } }) })

const tableProvider = (table: Record<string, ProviderAnswer>, { scheme = "table", open, resolve, close }: Behaviour = {}): TableProvider => {
  const provider: TableProvider = {
    scheme,
    opened: 0,
    asked: [],
    closed: 0,
    parse: (text) => {
      const rest = text.slice(scheme.length + 3)
      if (rest === "") throw new SecretError("SECRETS_REF_INVALID", "nothing is named", { details: { reason: "malformed" } })
      return rest
    },
    guardedVariables: () => [{ name: "VAULT_PASSWORD", isSecret: true }],
    open: async () => {
      provider.opened++
      await open?.()
      return {
        get calls() { return provider.asked.length },
        resolve: async (references) => {
          provider.asked.push(references)
          return resolve?.(references) ?? references.map((each) => table[each] ?? problem("SECRETS_REF_NOT_FOUND", "entry_missing"))
        },
        close: async () => {
          provider.closed++
          await close?.()
        },
      }
    },
  }
  return provider
}

const spec = (name: string, reference: string, more: Partial<SecretSpec> = {}): SecretSpec => ({ name, reference, file: false, required: true, ...more })

type More = Partial<Resolving> & { env?: Record<string, string> }

const resolving = (specs: SecretSpec[], provider: Provider<string> | Provider<string>[], { env = {}, ...more }: More = {}): Resolving => ({
  specs,
  providers: async (scheme) => [provider].flat().find((each) => each.scheme === scheme) ?? null,
  setting: () => ({ env, config: undefined }),
  ...more,
})

const resolve = (...asked: Parameters<typeof resolving>) => resolveReferences(resolving(...asked))

const failure = async (specs: SecretSpec[], provider: Provider<string> | Provider<string>[], more: More = {}): Promise<SecretError> =>
  resolve(specs, provider, more).then(() => { throw new Error("it resolved") }, (error: SecretError) => error)

const never = <T>(): Promise<T> => new Promise(() => undefined)

describe("resolving references, with faults", () => {
  it("asks providers at the same time", async () => {
    const { promise: bothOpened, resolve: open } = Promise.withResolvers<void>()
    let opened = 0
    const meet = async () => {
      if (++opened === 2) open()
      await bothOpened
    }
    const providers = ["one", "two"].map((scheme) => tableProvider({ a: answer("1") }, { scheme, open: meet }))
    expect((await resolve([spec("A", "one://a"), spec("B", "two://a")], providers)).secrets).toHaveLength(2)
  })

  it("contacts only providers of the references at hand", async () => {
    const idle = tableProvider({}, { scheme: "idle" })
    const { calls } = await resolve([spec("A", "table://a")], [tableProvider({ a: answer("1") }), idle])
    expect([idle.opened, calls]).toEqual([0, { table: 1 }])
  })

  it("loom C16: names every secret without a value, and gives none of the others", async () => {
    const table = tableProvider({ a: answer(VALUE), b: answer(VALUE), d: problem("SECRETS_PROVIDER_UNAVAILABLE", "auth_failed") })
    const error = await failure([spec("A", "table://a"), spec("B", "table://b"), spec("C", "table://c"), spec("D", "table://d")], table)
    expect(error).toMatchObject({ code: "SECRETS_REF_NOT_FOUND", details: { reason: "entry_missing" } })
    expect(error.details.problems).toEqual([
      { name: "C", scheme: "table", code: "SECRETS_REF_NOT_FOUND", reason: "entry_missing" },
      { name: "D", scheme: "table", code: "SECRETS_PROVIDER_UNAVAILABLE", reason: "auth_failed" },
    ])
    expect(error.message).toBe("no value for C (table: entry_missing), D (table: auth_failed)")
    expect(table.closed).toBe(1)
  })

  it("loom C3, C5: passes over optional ones that are not there or cannot be had, with their reasons", async () => {
    const table = tableProvider({
      unset: problem("SECRETS_REQUIRED_MISSING", "unset"), empty: answer(""), locked: problem("SECRETS_PROVIDER_UNAVAILABLE", "not_configured"),
    })
    const specs = ["unset", "empty", "locked", "missing"].map((each) => spec(each, `table://${each}`, { required: false }))
    const { secrets, skipped } = await resolve(specs, table)
    expect(secrets).toEqual([])
    expect(skipped.map(({ name, code, reason }) => [name, code, reason])).toEqual([
      ["unset", "SECRETS_REQUIRED_MISSING", "unset"],
      ["empty", "SECRETS_REQUIRED_MISSING", "empty"],
      ["locked", "SECRETS_PROVIDER_UNAVAILABLE", "not_configured"],
      ["missing", "SECRETS_REF_NOT_FOUND", "entry_missing"],
    ])
    expect((await failure(specs, table, { isStrict: true })).details.problems).toMatchObject([{ name: "locked" }])
  })

  it("loom C9: heads its error with an ambiguous reference, which is fatal for an optional secret too", async () => {
    const table = tableProvider({ b: problem("SECRETS_REF_INVALID", "ambiguous_entry") })
    const error = await failure([spec("A", "table://a"), spec("B", "table://b", { required: false })], table)
    expect(error).toMatchObject({ code: "SECRETS_REF_INVALID", details: { reason: "ambiguous_entry" } })
    expect(error.details.problems).toHaveLength(2)
  })

  it.each([
    ["empty", "", true],
    ["too_large", new Uint8Array(1_048_577), true],
    ["too_large", "x".repeat(65_537), false],
    ["nul_byte", "a\0b", false],
    ["not_text", Uint8Array.of(0xff, 0xfe), false],
  ])("loom C4: a value that is %s has no use", async (reason, value, file) => {
    const table = tableProvider({ a: answer(value) })
    expect(await failure([spec("A", "table://a", { file })], table)).toMatchObject({ code: "SECRETS_REQUIRED_MISSING", details: { reason } })
  })

  it("gives an unfit value of an optional secret no pass", async () => {
    expect((await failure([spec("A", "table://a", { required: false })], tableProvider({ a: answer("a\0b") }))).code).toBe("SECRETS_REQUIRED_MISSING")
  })

  it("takes values up to the limits, with any bytes in a file", async () => {
    const bytes = Uint8Array.from({ length: 1_048_576 }, (_, at) => at % 256)
    const { secrets } = await resolve([spec("A", "table://a", { file: true }), spec("B", "table://b")], tableProvider({ a: answer(bytes), b: answer("ä".repeat(32_768)) }))
    expect(secrets[0]?.value.reveal()).toEqual(bytes)
    expect(secrets).toHaveLength(2)
  })

  it.each<[string, Behaviour]>([
    ["open", { open: never }],
    ["answer", { resolve: never }],
  ])("loom C15: ends when a provider does not %s, and says so for each of its secrets", async (_what, behaviour) => {
    const hanging = tableProvider({}, { ...behaviour, scheme: "hanging" })
    const specs = [spec("A", "hanging://a"), spec("B", "table://b"), spec("C", "hanging://c", { required: false })]
    const error = await failure(specs, [hanging, tableProvider({ b: answer("1") })], { limits: { providerMs: 20, totalMs: 60_000 } })
    expect(error).toMatchObject({ code: "SECRETS_PROVIDER_UNAVAILABLE", details: { reason: "timeout", problems: [{ name: "A" }] } })
    expect(await failure([spec("A", "hanging://a")], hanging, { limits: { providerMs: 60_000, totalMs: 20 } })).toMatchObject({ details: { reason: "timeout" } })
  })

  it("keeps what was answered when a provider does not close", async () => {
    const table = tableProvider({ a: answer("1") }, { close: never })
    expect((await resolve([spec("A", "table://a")], table, { limits: { providerMs: 20, totalMs: 20 } })).secrets).toHaveLength(1)
  })

  it("closes a session that opened too late", async () => {
    const { promise, resolve: open } = Promise.withResolvers<void>()
    const table = tableProvider({}, { open: () => promise })
    await failure([spec("A", "table://a")], table, { limits: { providerMs: 5, totalMs: 5 } })
    open()
    await expect.poll(() => table.closed).toBe(1)
  })

  it("stops when it is told to", async () => {
    const controller = new AbortController()
    const table = tableProvider({}, { resolve: () => { controller.abort(); return never() } })
    expect(await failure([spec("A", "table://a")], table, { signal: controller.signal })).toMatchObject({ code: "aborted" })
    expect(await failure([spec("A", "table://a")], table, { signal: AbortSignal.abort() })).toMatchObject({ code: "aborted" })
  })

  it.each<[string, Behaviour]>([
    ["a raw error", { resolve: () => Promise.reject(new Error(`bad token ${VALUE}`)) }],
    ["a raw error while opening", { open: () => Promise.reject(new Error(`bad token ${VALUE}`)) }],
    ["an error that is none of a provider's", { resolve: () => Promise.reject(new SecretError("internal", VALUE)) }],
    ["a text", { resolve: () => Promise.reject(VALUE) }],
    ["a problem that quotes it", { resolve: async () => [answer(VALUE), problem("SECRETS_REF_NOT_FOUND", "entry_missing", `not ${VALUE}`)] }],
    ["a problem that quotes a credential", { resolve: async () => [answer("1"), problem("SECRETS_REF_NOT_FOUND", "entry_missing", "not hunter2")] }],
    ["a reason that is no word", { resolve: async () => [answer("1"), problem("SECRETS_REF_NOT_FOUND", VALUE)] }],
    ["too few answers", { resolve: async () => [answer(VALUE)] }],
    ["no answers", { resolve: async () => [null, undefined] as unknown as ProviderAnswer[] }],
    ["a value that is no bytes", { resolve: async () => [answer("1"), { value: VALUE } as unknown as ProviderAnswer] }],
  ])("loom E13: shows nothing of a value or a credential when a provider gives %s", async (_what, behaviour) => {
    const error = await failure([spec("A", "table://a"), spec("B", "table://b")], tableProvider({}, behaviour), { env: { VAULT_PASSWORD: "hunter2" } })
    expect(error.code).toMatch(/^SECRETS_/)
    expect(error.message + JSON.stringify(error) + String(error.stack) + String(error.help) + String(error.cause)).not.toMatch(/VALUE|hunter2/)
  })

  it("loom E14: tells programs the code, the scheme and the name of a failing secret, and nothing else", async () => {
    const { details } = await failure([spec("A", "table://group/entry")], tableProvider({}))
    expect(details).toEqual({ reason: "entry_missing", problems: [{ name: "A", scheme: "table", code: "SECRETS_REF_NOT_FOUND", reason: "entry_missing" }] })
  })

  it("can be tried for the states alone", async () => {
    const table = tableProvider({ a: answer(VALUE), d: problem("SECRETS_PROVIDER_UNAVAILABLE", "decryption_failed") })
    const specs = [spec("B", "table://b", { required: false }), spec("A", "table://a"), spec("C", "table://c"), spec("D", "table://d", { required: false })]
    const states = await checkReferences(resolving(specs, table))
    expect(states.map(({ name, state, reason }) => [name, state, reason])).toEqual([
      ["B", "skipped", "entry_missing"], ["A", "resolved", undefined], ["C", "failed", "entry_missing"], ["D", "failed", "decryption_failed"],
    ])
    expect(JSON.stringify(states)).not.toContain(VALUE)
  })

  it("says of a single secret in the provider's own words what is wrong and what helps", async () => {
    const said = new SecretError("SECRETS_PROVIDER_UNAVAILABLE", "SOTTO_X is not set", { details: { reason: "not_configured" }, help: "Set it." })
    const error = await failure([spec("A", "table://a")], tableProvider({ a: { problem: said } }))
    expect([error.message, error.help]).toEqual(["no value for A (table: not_configured): SOTTO_X is not set", "Set it."])
  })

  it("refuses one name twice", async () => {
    expect(await failure([spec("A", "table://a"), spec("A", "table://b")], tableProvider({}))).toMatchObject({ code: "invalid_argument" })
  })

})
