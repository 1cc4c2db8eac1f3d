import * as z from "zod/mini"
import { SecretError } from "../base/errors.ts"
import { randomBase62 } from "../core/access/base62.ts"
import { Document, documentName, metaOf, type AnyClass, type PayloadSchema } from "./metadata.ts"
import { currentScope } from "./run-scope.ts"

const define = <Shape extends Record<string, z.ZodMiniType>>(name: string, target: AnyClass, shape: Shape): void => {
  Document({ name, schema: z.strictObject(shape) as unknown as PayloadSchema })(target)
}

export class MarkdownDocument {
  declare markdown: string
}
export class MessageDocument {
  declare role: string
  declare text?: string
}
export class PlainDocument {
  declare text: string
}
export class ErrorDocument {
  declare error: string
}
/** Leads to another run. */
export class LinkDocument {
  declare label?: string
  declare workflowId?: string
  declare embed?: boolean
  declare expanded?: boolean
}
/** A question for secrets: keys alone. A value that somebody puts beside one is dropped. */
export class SecretRequestDocument {
  declare variables?: { key: string }[]
}

define("markdown", MarkdownDocument, { markdown: z.string() })
define("message", MessageDocument, { role: z.string(), text: z.optional(z.string()) })
define("plain", PlainDocument, { text: z.string() })
define("error", ErrorDocument, { error: z.string() })
define("link", LinkDocument, { label: z.optional(z.string()), workflowId: z.optional(z.string()), embed: z.optional(z.boolean()), expanded: z.optional(z.boolean()) })

const secretRequest = { variables: z.optional(z.array(z.object({ key: z.string() }))) }
export const SecretRequestDocumentSchema = z.strictObject(secretRequest)
define("secret_request", SecretRequestDocument, secretRequest)

const KEY_LENGTH = 16

export interface SaveOptions {
  /** Another document of this key takes its place. */
  key?: string
  /** `skip`: as it is. */
  validate?: "strict" | "skip"
}

/** Documents of the present run. They are committed with the transition. */
export class DocumentStore {
  async save<Kind extends object>(target: AnyClass<Kind>, data: Partial<Kind> & object, { key, validate = "strict" }: SaveOptions = {}): Promise<void> {
    const { draft, ctx } = currentScope()
    const content = validate === "skip" ? data : checked(target, data)
    draft.documents.push({ name: documentName(target), key: key ?? randomBase62(ctx.randomBytes, KEY_LENGTH), content })
  }
}

const checked = (target: AnyClass, data: object): object => {
  const parsed = metaOf(target)?.schema?.safeParse(data)
  if (parsed === undefined) return data
  if (parsed.success) return parsed.data as object
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ")
  throw new SecretError("invalid_argument", `Document '${documentName(target)}' failed schema validation (strict mode): ${issues}`)
}
