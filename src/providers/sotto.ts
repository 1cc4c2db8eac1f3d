import { isSecretError, type SecretError, type SecretErrorCode } from "../base/errors.ts"
import type { GuardedVariable, Provider, ProviderAnswer } from "../core/ports/provider.ts"
import { parseSottoReference, type SottoReference } from "../core/references/sotto-reference.ts"
import { found, notFound, unavailable } from "./answers.ts"
import { defineProvider } from "./define-provider.ts"

/** How the values of one workspace are read: from the store, or through a server. Each read leaves its event. */
export interface SecretReader {
  /**
   * In the order asked for; null for a secret that is not there, or out of reach, and an error for what concerns one of them.
   * What concerns all is thrown.
   */
  read(workspace: string, secrets: readonly { name: string; version?: number }[]): Promise<readonly (string | SecretError | null)[]>
  close(): Promise<void>
}

/** `sotto://workspace/NAME`: the store or the server that whoever joins the parts gives. Opened when the first reference asks for it. */
export const createSottoProvider = (openReader: () => Promise<SecretReader>): Provider<SottoReference> =>
  defineProvider({
    scheme: "sotto",
    parse: parseSottoReference,
    guardedVariables: () => GUARDED,
    open: async () => {
      const reader = await opened(openReader)
      let calls = 0
      return {
        get calls() {
          return calls
        },
        resolve: async (references) => {
          const answers = new Map<SottoReference, ProviderAnswer>()
          for (const [workspace, group] of Map.groupBy(references, (reference) => reference.workspace)) {
            calls++
            for (const [i, answer] of (await readGroup(reader, workspace, group)).entries()) answers.set(group[i] as SottoReference, answer)
          }
          return references.map((reference) => answers.get(reference) as ProviderAnswer)
        },
        close: () => reader.close(),
      }
    },
  })

/** Whatever opens the store, or proves to a server who asks. */
const GUARDED: readonly GuardedVariable[] = [
  ...["SOTTO_TOKEN", "SOTTO_ADMIN_TOKEN", "SOTTO_KEYS", "SOTTO_KEYS_PASSPHRASE", "SOTTO_DATABASE_URL", "SECRET_STORE_KEYS"].map((name) => ({ name, isSecret: true })),
  { name: "SOTTO_KEYS_FILE", isSecret: false },
]

const opened = async (openReader: () => Promise<SecretReader>): Promise<SecretReader> => {
  try {
    return await openReader()
  } catch (error) {
    throw unavailableBecauseOf(error)
  }
}

const readGroup = async (reader: SecretReader, workspace: string, references: readonly SottoReference[]): Promise<ProviderAnswer[]> => {
  try {
    const values = await reader.read(workspace, references.map(({ name, version }) => ({ name, ...(version !== undefined && { version }) })))
    return references.map((_, i) => answerOf(values[i]))
  } catch (error) {
    return references.map(() => answerOf(unavailableOrMissing(error)))
  }
}

const answerOf = (value: string | SecretError | null | undefined): ProviderAnswer => {
  if (typeof value === "string") return found(value)
  return { problem: value === null || value === undefined ? missing() : unavailableOrMissing(value) }
}

const missing = (): SecretError => notFound("entry_missing", "there is no such secret, or it is out of reach")

const unavailableOrMissing = (error: unknown): SecretError => {
  const code = isSecretError(error) ? error.code : "internal"
  if (code === "not_found") return missing()
  if (code === "expired") return notFound("expired", "the secret has expired")
  return isSecretError(error) && code.startsWith("SECRETS_") ? error : unavailableBecauseOf(error)
}

const REASONS: Partial<Record<SecretErrorCode, readonly [reason: string, sentence: string]>> = {
  unauthorized: ["auth_failed", "the server does not accept the token"],
  forbidden: ["auth_failed", "whoever asks may not read these secrets"],
  invalid_keys: ["auth_failed", "the key ring does not open the store"],
  key_unavailable: ["key_unavailable", "the key ring lacks the key that the secret was wrapped under"],
  decryption_failed: ["decryption_failed", "what is stored failed its authenticity check"],
  server_unreachable: ["unreachable", "the server did not answer"],
  storage_unavailable: ["unreachable", "the store cannot be reached"],
}

/** The store's own words may name the secret, which the reference names: its help goes on, its message does not. */
const unavailableBecauseOf = (error: unknown): SecretError => {
  if (!isSecretError(error)) return unavailable("failed", "the store cannot be read")
  const [reason, sentence] = REASONS[error.code] ?? ["failed", "the store cannot be read"]
  return unavailable(reason, sentence, error.help)
}
