import { describe, expect, it } from "vitest"
import type { Provider, ProviderSession } from "../core/ports/provider.ts"
import { found, unavailable } from "./answers.ts"
import { describeProvider } from "./describe-provider.ts"
import { envProvider } from "./env.ts"

type EnvReference = { name: string }

/** Titles of the suite that fail for a provider that is env but for one fault. */
const failing = async (fault: Partial<Provider<EnvReference>>): Promise<string[]> => {
  const titles: string[] = []
  const running: Promise<void>[] = []
  const collect = (title: string, body: () => Promise<void>): void => void running.push(body().catch(() => void titles.push(title)))
  describeProvider({ describe: (_name, body) => body(), it: collect }, "env with a fault", async () => ({
    provider: { ...envProvider, ...fault },
    setting: { env: { HELD_HERE: " value\n", TOKEN: "hunter2" }, config: undefined },
    present: { reference: "env://HELD_HERE", value: new TextEncoder().encode(" value\n") },
    absent: "env://NOBODY_SET_THIS",
    malformed: "env://a CANARY",
    unavailable: { setting: { env: {}, config: "locked" }, credentials: ["hunter2"] },
  }))
  await Promise.all(running)
  return titles
}

/** env is never unavailable; here it is when the setting says so. */
const opening = (change: (session: ProviderSession<EnvReference>) => Partial<ProviderSession<EnvReference>>, message = "it is locked"): Partial<Provider<EnvReference>> => ({
  open: async (setting) => {
    if (setting.config === "locked") throw unavailable("locked", message)
    const session = await envProvider.open(setting)
    return { ...session, ...change(session) }
  },
})

describe("the suite for providers", () => {
  it("has no complaint about a right one", async () => {
    expect(await failing(opening(() => ({})))).toEqual([])
  })

  it.each<[string, Partial<Provider<EnvReference>>, RegExp]>([
    ["trims", opening(() => ({ resolve: async (all) => all.map(({ name }) => found(name === "HELD_HERE" ? "value" : "x")) })), /bytes as they are/],
    ["has a value for everything", opening(() => ({ resolve: async (all) => all.map(() => found(" value\n")) })), /what is not there/],
    ["answers in another order", opening(({ resolve }) => ({ resolve: async (all) => (await resolve(all)).toReversed().slice(1).concat(found("x")) })), /in the order/],
    ["answers too much", opening(({ resolve }) => ({ resolve: async (all) => [...(await resolve(all)), found("x")] })), /answers nothing/],
    ["repeats the reference", opening(() => ({ resolve: async (all) => all.map(({ name }) => (name === "HELD_HERE" ? found(" value\n") : { problem: unavailable("unset", name) })) })), /repeats nothing/],
    ["shows a value", opening(() => ({ resolve: async (all) => all.map(() => ({ value: { reveal: () => new TextEncoder().encode(" value\n") }, shown: " value\n" })) as never })), /marker/],
    ["takes any text", { ...opening(() => ({})), parse: () => ({ name: "HELD_HERE" }) }, /no reference/],
    ["quotes the text", { ...opening(() => ({})), parse: (text) => { if (text === "env://HELD_HERE") return { name: "HELD_HERE" }; throw unavailable("malformed", text) } }, /no reference/],
    ["shows a credential", opening(() => ({}), "hunter2 was refused"), /nothing of a credential/],
    ["is never unavailable", {}, /cannot be had/],
    ["guards no names", { ...opening(() => ({})), guardedVariables: () => [{ name: "A=1", isSecret: true }] }, /no child may inherit/],
    ["closes once", opening(() => ({ close: (() => { let left = 1; return async () => { if (left-- === 0) throw new Error("closed") } })() })), /closes more than once/],
    ["counts in halves", opening(() => ({ calls: 0.5 })), /counts its calls/],
  ])("notices one that %s", async (_fault, provider, title) => {
    expect((await failing(provider)).join("\n")).toMatch(title)
  })
})
