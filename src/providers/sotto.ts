import { isSecretError, SecretError } from "../base/errors.ts"
import { Redacted } from "../base/redacted.ts"
import type { Provider, ProviderAnswer } from "../core/ports/provider.ts"
import { parseSottoReference, type SottoReference } from "../core/references/sotto-reference.ts"
import { defineProvider } from "./define-provider.ts"

/** How the values of one workspace are read: from the store, or through a server. Each read leaves its event. */
export interface SecretReader {
  /** null for a secret that is not there, or out of reach. */
  read(workspace: string, secrets: readonly { name: string; version?: number }[]): Promise<readonly (string | null)[]>
  close(): Promise<void>
}

/** `sotto://workspace/NAME`: the store or the server that whoever joins the parts gives. Opened when the first reference asks for it. */
export const createSottoProvider = (openReader: () => Promise<SecretReader>): Provider<SottoReference> =>
  defineProvider({
    scheme: "sotto",
    parse: parseSottoReference,
    open: async () => {
      const reader = await openReader()
      let calls = 0
      return {
        get calls() {
          return calls
        },
        resolve: async (references) => {
          const answers = new Map<SottoReference, ProviderAnswer>()
          for (const group of Map.groupBy(references, ({ workspace }) => workspace)) {
            calls++
            for (const [i, answer] of (await readGroup(reader, ...group)).entries()) answers.set(group[1][i] as SottoReference, answer)
          }
          return references.map((reference) => answers.get(reference) as ProviderAnswer)
        },
        close: () => reader.close(),
      }
    },
  })

const readGroup = async (reader: SecretReader, workspace: string, references: readonly SottoReference[]): Promise<ProviderAnswer[]> => {
  try {
    const values = await reader.read(workspace, references.map(({ name, version }) => ({ name, ...(version !== undefined && { version }) })))
    return references.map(({ name }, i) => {
      const value = values[i]
      return value === null || value === undefined ? { problem: notFound() } : { value: new Redacted(new TextEncoder().encode(value), name) }
    })
  } catch (error) {
    const reason = isSecretError(error) ? error.code : "failed"
    const problem = new SecretError("SECRETS_PROVIDER_UNAVAILABLE", "the secrets of a workspace cannot be read", { details: { reason } })
    return references.map(() => ({ problem: reason === "not_found" ? notFound() : problem }))
  }
}

const notFound = (): SecretError => new SecretError("SECRETS_REF_NOT_FOUND", "there is no such secret", { details: { reason: "entry_missing" } })
