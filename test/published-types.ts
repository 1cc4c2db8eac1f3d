/** What must and must not compile for users of the package: `npm run typecheck` is the test. Nothing here runs. */
import { createRedactor, type RedactionCount } from "../src/redact/index.ts"
import { defineKeys, openStore, type SecretStore } from "../src/store/index.ts"

type Namespace = "acme:production" | "acme:staging"
interface Metadata extends Record<string, unknown> {
  team: string
}

export const usesTypes = async (store: SecretStore<Namespace, Metadata>): Promise<string> => {
  // @ts-expect-error an object literal may not repeat a version
  defineKeys({ 1: "a", 1: "b" }) // oxlint-disable-line no-dupe-keys -- that is what must not compile
  // @ts-expect-error a key is text, and an unset variable is not
  defineKeys({ 1: process.env.KEY })

  await store.put({ namespace: "acme:staging", name: "a", value: "x", metadata: { team: "web" } })
  // @ts-expect-error not one of the namespaces
  await store.put({ namespace: "globex", name: "a", value: "x" })
  // @ts-expect-error not this metadata
  await store.put({ name: "a", value: "x", metadata: { owner: "web" } })
  // @ts-expect-error no such argument
  await store.put({ name: "a", value: "x", expiresAt: 1 })

  const found = await store.get({ name: "a" })
  // @ts-expect-error the value is there only where `ok` is
  await store.put({ name: "b", value: found.value })
  if (found.ok) return `${found.metadata?.team} ${found.value} ${found.version}`
  const reason: "not_found" | "expired" | "key_unavailable" = found.reason
  return reason
}

export const opensTyped = (): Promise<SecretStore<Namespace, Metadata>> =>
  openStore<Namespace, Metadata>({ database: "memory:", keys: defineKeys({ 1: "a" }), principal: { kind: "service", id: "s", name: "s" } })

export const redactsTyped = (): RedactionCount[] => {
  const redactor = createRedactor([{ name: "a", value: "b" }], { variants: { hex: false } })
  const text: string = redactor.redact("text")
  const bytes: Uint8Array = redactor.redact(new Uint8Array(1))
  // @ts-expect-error text stays text
  const wrong: Uint8Array = redactor.redact("text")
  // @ts-expect-error there is no such kind of variant
  createRedactor([], { variants: { rot13: false } })
  // @ts-expect-error a filter takes bytes
  redactor.filter().push(text)
  return [...redactor.counts(), { name: String(wrong), variant: "exact", count: bytes.length }]
}
