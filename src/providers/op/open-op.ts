import { isSecretError, SecretError } from "../../base/errors.ts"
import type { ProviderAnswer, ProviderSession } from "../../core/ports/provider.ts"
import type { OpReference } from "../../core/references/op-reference.ts"
import { ambiguous, found, notFound, unavailable } from "../answers.ts"
import { assertSpeakable, findOpItem, isSpeakable, listOnce, type OpLists } from "./find-op-item.ts"
import type { OpClient, OpResolved } from "./op-client.ts"
import { asOpFailure } from "./op-failure.ts"

/**
 * One request for all values, because accounts are rate limited. Only what 1Password's own references cannot say (an item with a
 * slash in its title, a name with other characters) costs a listing first.
 */
export const openOp = (client: OpClient): ProviderSession<OpReference> => {
  let calls = 0
  const count = (): void => void calls++
  return {
    get calls() {
      return calls
    },
    resolve: async (references) => {
      const lists = listOnce(client, count)
      try {
        const texts = await Promise.all(references.map((reference) => textOrProblem(reference, lists)))
        const asked = [...new Set(texts.filter((text) => typeof text === "string"))]
        if (asked.length > 0) count()
        const resolved = asked.length > 0 ? await client.secrets.resolveAll(asked) : { individualResponses: {} }
        return texts.map((text) => (typeof text === "string" ? answerOf(resolved, text) : { problem: text }))
      } catch (error) {
        throw asOpFailure(error)
      }
    },
    close: async () => undefined,
  }
}

/** What 1Password is asked for. What concerns one reference is its problem; everything else is thrown. */
const textOrProblem = async (reference: OpReference, lists: OpLists): Promise<string | SecretError> => {
  try {
    return await textOf(reference, lists)
  } catch (error) {
    if (isSecretError(error) && error.code !== "SECRETS_PROVIDER_UNAVAILABLE") return error
    throw error
  }
}

const textOf = async (reference: OpReference, lists: OpLists): Promise<string> => {
  const { vault, item, field } = reference
  assertSpeakable(field, "field")
  if (item.length === 1 && [vault, ...item].every(isSpeakable)) return `op://${vault}/${item[0]}/${field}`
  const { vaultId, itemId, section } = await findOpItem(lists, reference)
  if (section === undefined) return `op://${vaultId}/${itemId}/${field}`
  assertSpeakable(section, "section")
  return `op://${vaultId}/${itemId}/${section}/${field}`
}

const answerOf = ({ individualResponses }: OpResolved, text: string): ProviderAnswer => {
  const answer = Object.hasOwn(individualResponses, text) ? individualResponses[text] : undefined
  if (typeof answer?.content?.secret === "string") return found(answer.content.secret)
  return { problem: problemOf(answer?.error?.type ?? "other") }
}

/** By the types of error that the SDK documents. */
const problemOf = (type: string): SecretError => {
  switch (type) {
    case "fieldNotFound":
    case "noMatchingSections":
      return notFound("field_missing", "the item has no such field")
    case "vaultNotFound":
    case "itemNotFound":
      return notFound("entry_missing", "1Password has no such item, or this service account may not see it")
    case "tooManyVaults":
    case "tooManyItems":
    case "tooManyMatchingFields":
      return ambiguous("1Password has several of that name", "Name the vault, the item and the field by their ids.")
    case "parsing":
      return new SecretError("SECRETS_REF_INVALID", "1Password does not understand the reference", { details: { reason: "malformed" } })
    default:
      return unavailable("service_error", "1Password has no value for the reference")
  }
}
