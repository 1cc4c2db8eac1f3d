import { isSecretError, type SecretError, type SecretErrorCode } from "../base/errors.ts"
import type { GuardedVariable, Provider, ProviderAnswer } from "../core/ports/provider.ts"
import { parseBoxReference, type BoxReference } from "../core/references/box-reference.ts"
import { found, notFound, unavailable } from "./answers.ts"
import { defineProvider } from "./define-provider.ts"

/** How a holder's key reads: what it keeps, and what others shared with it. */
export interface BoxReader {
  /** The same for every way of naming a sender. @throws SecretError `not_found` for one who is not known */
  senderId(sender: string): string
  /** Bytes as they were written. @throws SecretError */
  read(reference: BoxReference): Promise<Uint8Array>
}

/** `box://SENDER/NAME`: the key that whoever joins the parts gives. Opened when the first reference asks for it. */
export const createBoxProvider = (openReader: () => Promise<BoxReader>): Provider<BoxReference> =>
  defineProvider({
    scheme: "box",
    parse: parseBoxReference,
    guardedVariables: () => GUARDED,
    open: async () => {
      const reader = await opened(openReader)
      let calls = 0
      return {
        get calls() {
          return calls
        },
        // one after the other: a one-time secret that is named twice is read once
        resolve: async (references) => {
          const answers: ProviderAnswer[] = []
          const known = new Map<string, ProviderAnswer>()
          for (const reference of references) {
            const key = keyOf(reader, reference)
            const answer = known.get(key) ?? (calls++, await readOne(reader, reference))
            known.set(key, answer)
            answers.push(answer)
          }
          return answers
        },
        close: async () => undefined,
      }
    },
  })

const keyOf = (reader: BoxReader, { sender, name }: BoxReference): string => {
  try {
    return JSON.stringify([reader.senderId(sender), name])
  } catch {
    return JSON.stringify([sender, name]) // which the reading says
  }
}

const GUARDED: readonly GuardedVariable[] = [
  { name: "SOTTO_BOX_FILE", isSecret: false },
  { name: "SOTTO_BOX_CODE", isSecret: true },
  { name: "SOTTO_BOX_PASSPHRASE", isSecret: true },
]

const opened = async (openReader: () => Promise<BoxReader>): Promise<BoxReader> => {
  try {
    return await openReader()
  } catch (error) {
    if (isSecretError(error) && error.code === "not_found") throw unavailable("misconfigured", "there is no box of one's own here", error.help)
    throw unavailableBecauseOf(error)
  }
}

const readOne = async (reader: BoxReader, reference: BoxReference): Promise<ProviderAnswer> => {
  try {
    return found(await reader.read(reference))
  } catch (error) {
    return { problem: problemOf(error) }
  }
}

const problemOf = (error: unknown): SecretError =>
  isSecretError(error) && error.code === "not_found" ? notFound("entry_missing", "there is no such secret in the box, or its sender is not known") : unavailableBecauseOf(error)

const REASONS: Partial<Record<SecretErrorCode, readonly [reason: string, sentence: string]>> = {
  not_authentic: ["not_authentic", "the value does not prove who wrote it, or is not the newest"],
  unauthorized: ["auth_failed", "the server does not accept the box's key"],
  server_unreachable: ["unreachable", "the server did not answer"],
  unsafe_file: ["unsafe_file", "the file with the box's key can be opened by others"],
}

/** What a server said goes no further. */
const unavailableBecauseOf = (error: unknown): SecretError => {
  if (!isSecretError(error)) return unavailable("failed", "the box cannot be read")
  const [reason, sentence] = REASONS[error.code] ?? ["failed", "the box cannot be read"]
  return unavailable(reason, sentence, error.help)
}
